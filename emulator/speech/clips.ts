// The recordings, by their words.

/** Speech as Opus packets of 20 ms each. */
export interface Speech {
  packets: readonly Uint8Array[];
  durationMs: number;
}

export const PACKET_MS = 20;

export interface Clip {
  words: string;
  packets: readonly Uint8Array[];
}

/** The neutral recording, for words that are not recorded. */
export const NEUTRAL = "You can read these words in the transcript.";

const MS_PER_WORD = 350;

/** Finds the speech for a text: its recorded sentences, or the neutral one, repeated to about the text's length. */
export const speechFor = (clips: readonly Clip[]) => {
  const recorded = new Map(clips.map((clip) => [normal(clip.words), clip.packets]));
  const neutral = recorded.get(normal(NEUTRAL)) ?? [];
  return (text: string): Speech => {
    const known = recordedParts(recorded, sentences(text));
    if (known.length > 0) return asSpeech(known);
    const wantedMs = text.split(/\s+/).length * MS_PER_WORD;
    const times = Math.max(1, Math.round(wantedMs / (neutral.length * PACKET_MS)));
    return asSpeech(Array.from({ length: times }, () => neutral).flat());
  };
};

// The longest run of sentences that was recorded together comes first; words that are not recorded are left out.
const recordedParts = (
  recorded: Map<string, readonly Uint8Array[]>,
  rest: string[],
): readonly Uint8Array[] => {
  if (rest.length === 0) return [];
  for (let count = rest.length; count > 0; count -= 1) {
    const packets = recorded.get(normal(rest.slice(0, count).join(" ")));
    if (packets) return [...packets, ...recordedParts(recorded, rest.slice(count))];
  }
  return recordedParts(recorded, rest.slice(1));
};

const asSpeech = (packets: readonly Uint8Array[]): Speech => ({
  packets,
  durationMs: packets.length * PACKET_MS,
});

const sentences = (text: string): string[] => text.match(/[^.!?:]+[.!?:]*/g) ?? [];

const normal = (words: string): string =>
  words
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, " ")
    .trim();

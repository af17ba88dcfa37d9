// Speech over a WebSocket: sent in pieces, which the client plays itself.
import type { Loudspeaker, Utterance } from "../conversation/loudspeaker.ts";
import type { AudioFormat } from "../session/session-schema.ts";
import type { Speech } from "../speech/clips.ts";
import { toBytes } from "../speech/pcm.ts";

// Much faster than speech, as at OpenAI.
const PACE = 0.15;
const PACKETS_PER_PIECE = 10;

/** `samplesOf` decodes one Opus packet to 24 kHz. */
export const piecewiseLoudspeaker = (samplesOf: (packet: Uint8Array) => Float32Array): Loudspeaker => ({
  pace: PACE,
  playing: false,
  play: (_utterance: Utterance, { packets }: Speech, format: AudioFormat) => {
    const bytes = packets.map((packet) => toBytes(samplesOf(packet), format));
    return Array.from({ length: Math.ceil(bytes.length / PACKETS_PER_PIECE) }, (_, i) =>
      Buffer.concat(bytes.slice(i * PACKETS_PER_PIECE, (i + 1) * PACKETS_PER_PIECE)).toString("base64"),
    );
  },
  silence: () => undefined,
  afterwards: (then) => then(),
});

// How a session makes its answers audible: a call plays them, a WebSocket gets them in pieces.
import type { AudioFormat } from "../session/session-schema.ts";
import type { Speech } from "../speech/clips.ts";

export interface Utterance {
  responseId: string;
  itemId: string;
  contentIndex: number;
}

export interface Loudspeaker {
  /** Generating speech takes this part of the time it takes to say it. */
  readonly pace: number;
  /** Speaks, after whatever is still being spoken. Gives base64 pieces where the client plays them itself. */
  play(utterance: Utterance, speech: Speech, format: AudioFormat): string[];
  /** Falls silent at once and says what that cut off. */
  silence(): (Utterance & { playedMs: number }) | undefined;
  /** Runs `then` as soon as nothing is being spoken. */
  afterwards(then: () => void): void;
}

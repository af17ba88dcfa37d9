// Port for a session's speech: a call plays it, a WebSocket gets it in pieces.
import type { AudioFormat } from "../session/session-schema.ts";
import type { Speech } from "../speech/clips.ts";

export interface Utterance {
  responseId: string;
  itemId: string;
  contentIndex: number;
}

export interface Loudspeaker {
  /** Time to generate speech, as a fraction of its duration. */
  readonly pace: number;
  /** Whether the user hears it now. */
  readonly playing: boolean;
  /** Queues speech. Yields base64 pieces where the client plays them itself. */
  play(utterance: Utterance, speech: Speech, format: AudioFormat): string[];
  /** Stops at once; returns what was cut off. */
  silence(): (Utterance & { playedMs: number }) | undefined;
  /** Calls `then` as soon as the queue is empty. */
  afterwards(then: () => void): void;
}

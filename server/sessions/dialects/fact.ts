// What the events of a voice session say, in the same words for Realtime and for GPT-Live.
import type { JsonRecord } from "../../json/record.ts";
import type { Usage } from "../../usage/usage.ts";
import type { EndReason } from "../session.ts";

export interface ToolCall {
  callId: string;
  name: string;
  /** JSON as the model wrote it; it may be anything. */
  arguments: string;
}

export type Fact =
  /** OpenAI's usage object of a response, a transcription or a delegated answer. The id is the same on each connection. */
  | {
      kind: "usage";
      id: string;
      of: "backend" | "response" | "transcription";
      usage: Usage;
      model: string | undefined;
      /** As OpenAI tells it, where that has a price of its own. */
      serviceTier?: string | undefined;
    }
  /** Cumulative, as GPT-Live counts it. */
  | { kind: "voice-time"; seconds: number }
  /** One side spoke, wrote or was answered. */
  | { kind: "activity" }
  /** The session as it is now, changed by either side. */
  | { kind: "updated"; session: JsonRecord }
  | { kind: "response-began"; responseId: string; response: JsonRecord }
  /** A response is over, and with it all of its calls are known. */
  | { kind: "response-ended"; responseId: string; calls: readonly ToolCall[] }
  /** A message with the weight of instructions came into the conversation, from whatever side. */
  | { kind: "instructed"; itemId: string }
  /** A result of a tool that stands in the conversation now, from either side. */
  | { kind: "tool-answered"; callId: string; itemId: string | undefined }
  /** An item is no longer in the conversation. */
  | { kind: "removed"; itemId: string }
  | { kind: "said"; by: "assistant" | "user"; text: string; itemId: string | undefined; isWhole: boolean }
  /** When OpenAI ends it, in milliseconds since 1970. */
  | { kind: "expires"; at: number }
  /** OpenAI says that it is over, with the voice time of all of it where it counts that. */
  | { kind: "over"; reason: EndReason; seconds: number | undefined }
  | { kind: "error"; code: string | undefined; message: string; clientEventId: string | undefined };

/** One of OpenAI's interfaces, as far as supervising it goes. Pure. */
export interface VoiceDialect {
  /** The facts of one event. Unknown events have none. */
  read(event: JsonRecord): readonly Fact[];
  /** Whether a message need not be parsed, by its first bytes: a copy of audio, or a delta of which nothing is made. */
  isIgnored(message: Uint8Array): boolean;
  /** Tells the model something that it should act on at once. Each event has an id of its own, which begins with `prefix`. */
  tell(text: string, prefix: string): JsonRecord[];
  /** The outputs of all calls of one response; after them `goOn` is sent. */
  answerCalls(outputs: readonly { callId: string; output: string }[], prefix: string): JsonRecord[];
  goOn(prefix: string): JsonRecord;
  /** Puts the session back to what it was given; undefined where the page cannot change it. */
  restore(session: JsonRecord, prefix: string): JsonRecord | undefined;
  /** Stops a response; left out where that cannot be. */
  cancel?(responseId: string, prefix: string): JsonRecord;
  /** Takes something out of the conversation; left out where that cannot be. */
  remove?(itemId: string, prefix: string): JsonRecord;
  /** The event that ends it; undefined where only a request does. */
  close(prefix: string): JsonRecord | undefined;
}

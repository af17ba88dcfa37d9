// A relayed request on its way to OpenAI, and the response on its way back.

import type { AttemptLog } from "../observe/event.ts";

/** Header fields by name in lower case. */
export type Fields = Readonly<Record<string, string | string[] | undefined>>;

export type RelayBody =
  /** In memory: it can be sent again. */
  | { kind: "buffered"; bytes: Uint8Array }
  /** Read while it is sent. */
  | {
      kind: "streaming";
      bytes: AsyncIterable<Uint8Array>;
      /** Whether some of it was read: then it cannot be sent again. */
      begun: boolean;
      /** Whether reading it failed: then the failure says nothing about the key. */
      broken: boolean;
    };

export interface RelayedRequest {
  method: string;
  /** Beneath the key's base URL, with the query: `/chat/completions`. */
  target: string;
  /** Name, value, name, value, …; the key's own credentials are added. */
  headers: readonly string[];
  body: RelayBody | undefined;
  /** Tells callers apart, so that one caller's failures take no key from the others; it is not sent to OpenAI. */
  callerId: string;
  /** For the choice of a key. */
  model: string | undefined;
  /** Ends the request when the caller goes. */
  signal: AbortSignal;
  /** Until the response begins, all attempts together. */
  timeoutMs: number;
  /** Whether `timeoutMs` is the caller's own time budget: a timeout then says nothing about the key. */
  isCallersTime: boolean;
  /** Where the attempts are noted. */
  attemptLog?: AttemptLog | undefined;
}

/** Backpressure: holds a response up while the caller reads it more slowly than it comes. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Receives one response as it comes: head, data, then an end or a break. A thrown failure is not received. */
export interface Recipient {
  /** The fields are those that may reach a caller. */
  onHead(status: number, headers: Readonly<Record<string, string>>, flow: Flow): void;
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  /** The response ended before it was complete. */
  onBreak(reason: Error): void;
}

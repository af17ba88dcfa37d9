// A request of a caller's on its way to OpenAI, and the answer on its way back: the port that the relay works with.

/** Header fields by name in small letters. */
export type Fields = Readonly<Record<string, string | string[] | undefined>>;

export type RelayBody =
  /** All of it: it can be sent again. */
  | { kind: "buffered"; bytes: Uint8Array }
  /** Read while it is sent on. */
  | {
      kind: "streaming";
      bytes: AsyncIterable<Uint8Array>;
      /** Whether some of it was read. */
      begun: boolean;
      /** Whether reading it failed: then that the request failed says nothing of the key. */
      broken: boolean;
    };

export interface RelayedRequest {
  method: string;
  /** Beneath the key's base URL, with the query: `/chat/completions`. */
  target: string;
  /** Name, value, name, value, …; the key's own credentials are added. */
  headers: readonly string[];
  body: RelayBody | undefined;
  /** Tells callers apart, so that the failures of one take no key from the others; OpenAI is not told. */
  callerId: string;
  /** For the choice of a key. */
  model: string | undefined;
  /** Ends it when the caller goes. */
  signal: AbortSignal;
  /** Until the answer begins, all attempts together. */
  timeoutMs: number;
  /** Whether that is the caller's own patience. When it ends, it says nothing of the key. */
  isCallersTime: boolean;
}

/** What holds an answer up, for a caller who takes it more slowly than it comes. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Takes one answer as it comes: a head, data, then an end or a break. Nothing comes when the request is refused. */
export interface Recipient {
  /** The fields are those that may reach a caller. */
  onHead(status: number, headers: Readonly<Record<string, string>>, flow: Flow): void;
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  /** It ended before it was whole. */
  onBreak(reason: Error): void;
}

/**
 * Sends a request on with one of the keys, and again with another where that helps. Resolves with the key's name when the
 * answer begins; what follows goes to the recipient. Throws what OpenAI's failures are here, or the signal's reason.
 */
export interface Relays {
  relay(request: RelayedRequest, recipient: Recipient): Promise<string>;
}

/** Whether OpenAI does what was asked, or says what is wrong with the request. */
export type RelayEnd = "answered" | "request-at-fault";

/** One key's part of it, within `timeoutMs`. Throws a `Failure` whose cause carries an `UpstreamError`. */
export interface RelayAccount {
  relay(request: RelayedRequest, recipient: Recipient, timeoutMs: number): Promise<RelayEnd>;
}

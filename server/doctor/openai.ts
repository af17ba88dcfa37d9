// The port to OpenAI for doctor: one upstream key, and what is asked with it.
import type { Secret } from "../secret.ts";
import type { Fields } from "../upstream/relay.ts";
import type { MintedKey } from "../upstream/upstream.ts";

/** An answer that was read whole. */
export interface Answer {
  status: number;
  headers: Fields;
  /** Not to be shown: OpenAI's errors quote keys, and what is not OpenAI's could hold anything. */
  text: string;
  /** From the request to the end of the answer. */
  ms: number;
  /** When it had come, in milliseconds since 1970. */
  at: number;
}

export type RealtimeEvent = Readonly<Record<string, unknown>> & { type: string };

export interface EventSocket extends Disposable {
  send(event: RealtimeEvent): void;
  /** The next event; undefined once the socket is closed. Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<RealtimeEvent | undefined>;
  /** Why it was closed, as far as OpenAI said it. */
  readonly closedWith: { code: number; reason: string } | undefined;
}

export type DoctorSession = Record<string, unknown> & { type: "realtime" | "transcription" };

/** Each method rejects with the connection's error or the signal's reason; an error status is an answer. */
export interface OpenAiAccess {
  /** GET /models; asked once, however often it is called. */
  listModels(signal: AbortSignal): Promise<Answer>;
  /** The same, asked anew over a connection that is open where there is one. */
  timeModels(signal: AbortSignal): Promise<Answer>;
  /** As the service does it. Rejects with a `Failure` whose cause is an `UpstreamError`. */
  mint(session: DoctorSession, signal: AbortSignal): Promise<MintedKey>;
  /** POST /realtime/calls with the upstream key itself: only the key that made a call may join it and hang it up. */
  startCall(session: DoctorSession, offer: string, signal: AbortSignal): Promise<Answer>;
  hangUp(callId: string, signal: AbortSignal): Promise<Answer>;
  /** Opens `/realtime` with that query: with a minted key, or with the upstream key itself. Rejects with a `SocketRefused`. */
  openSocket(
    query: Readonly<Record<string, string>>,
    minted: Secret | undefined,
    signal: AbortSignal,
  ): Promise<EventSocket>;
}

export interface DoctorKey {
  name: string;
  /** Undefined where its token comes of a workload identity. */
  secret: Secret | undefined;
  /** The setting that holds the key, for operators. */
  setting: string;
  baseUrl: string;
  /** The setting that holds the address. */
  baseUrlSetting: string;
  organization: string | undefined;
  project: string | undefined;
  access: OpenAiAccess;
}

/** `key default`, as findings name it. */
export const subjectOf = ({ name }: Pick<DoctorKey, "name">): string => `key ${name}`;

/** A WebSocket that did not open. */
export class SocketRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SocketRefused";
  }
}

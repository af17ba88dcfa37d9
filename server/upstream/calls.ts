// Calls that the service creates with its own key, and joins: the part of the port to OpenAI that supervised sessions use.
import type { JsonRecord } from "../json/record.ts";
import type { AttemptLog } from "../observe/event.ts";
import { upstreamErrorOf } from "./upstream-error.ts";

export interface CallRequest {
  interface: "live" | "realtime";
  /** The browser's SDP. */
  offer: string;
  /** OpenAI's session object; for GPT-Live without a transport. */
  session: JsonRecord;
  /** As for `MintRequest`. */
  callerId: string;
  model: string | undefined;
  /** A hashed id of the end user. */
  safetyIdentifier: string;
  timeoutMs: number;
  attemptLog?: AttemptLog | undefined;
}

/** A call at OpenAI, and the key without which it can be neither joined nor ended. */
export interface CallReference {
  interface: CallRequest["interface"];
  /** `rtc_…` or `live_…` */
  id: string;
  /** The key's name. */
  upstreamKey: string;
}

export interface CreatedCall extends CallReference {
  /** OpenAI's SDP. */
  answer: string;
  openAiRequestId: string | undefined;
}

/** A connection to OpenAI that the service has of its own. */
export interface VoiceSocket {
  /** Without effect once it is closed. */
  send(message: string): void;
  close(): void;
}

/** One end of a session that the service carries: what comes over it is passed on to the other end. */
export interface CarriedSocket extends VoiceSocket {
  /** Sends a text message as it came; `onSent` is called when it has left this process. The bytes must stay as they are until then. */
  forward(message: Buffer, onSent: () => void): void;
  /** No messages come until `resume`: the other end is slower. */
  pause(): void;
  resume(): void;
}

/** Told what comes over it, in the order in which it comes. */
export interface VoiceSocketReceiver {
  /** One text message. The bytes are the receiver's only until it returns. */
  onMessage(message: Buffer): void;
  /** Once, whichever side closed it. */
  onClose(code: number, reason: string): void;
}

/** Whether a call may have been created, and may run on, although creating it failed with this error. */
export const mayBeCreated = (error: unknown): boolean => {
  const outcome = upstreamErrorOf(error)?.outcome;
  if (outcome?.kind !== "failed") return outcome?.kind === "unreadable";
  return outcome.how === "timeout" || outcome.mayBeDone === true;
};

/** Whether OpenAI refused the browser's offer, and not what the service asked for. */
export const isOfferRefused = (error: unknown): boolean => {
  const { outcome, report } = upstreamErrorOf(error) ?? {};
  if (outcome?.kind !== "request-at-fault") return false;
  return report?.code === "invalid_offer" || /(?:^|\.)sdp$/.test(report?.param ?? "");
};

/** OpenAI refused to let the service join. */
export class JoinRefused extends Error {
  /** 404: the call is over, or was created with another key. */
  readonly status: number;

  constructor(status: number) {
    super(`OpenAI answered ${status} to the sideband`);
    this.name = "JoinRefused";
    this.status = status;
  }
}

/** Opens a WebSocket. Rejects with `JoinRefused` where the upgrade is refused, the signal's reason, or the connection's error. */
export type OpenVoiceSocket = (
  request: {
    /** `wss:` or `ws:`, with its query. */
    url: string;
    /** Name, value, name, value, … */
    headers: readonly string[];
    signal: AbortSignal;
  },
  receiver: VoiceSocketReceiver,
) => Promise<CarriedSocket>;

/** What one upstream key's account does for calls. Each method throws like `UpstreamCalls`. */
export interface CallAccount {
  createCall(request: CallRequest, timeoutMs: number): Promise<CreatedCall>;
  hangUp(call: CallReference, timeoutMs: number): Promise<void>;
  joinCall: UpstreamCalls["joinCall"];
  openCarried(
    request: Pick<CallRequest, "model" | "safetyIdentifier">,
    receiver: VoiceSocketReceiver,
    signal: AbortSignal,
  ): Promise<CarriedSocket>;
}

export interface UpstreamCalls {
  /**
   * Creates a call. With another key only where the first has certainly not created one: an attempt whose outcome is unknown is never
   * repeated. Goes on when the caller leaves, so that what is created has an owner; what is created after the time is ended at once.
   * Throws as `Upstream`; `mayBeCreated` says whether there may be a call all the same.
   */
  createCall(request: CallRequest): Promise<CreatedCall>;
  /** Ends it. Resolves also where it was over already. Throws as `Upstream`. */
  hangUp(call: CallReference, timeoutMs: number): Promise<void>;
  /** Joins it as a sideband. Rejects with `JoinRefused`, the signal's reason, or the connection's error. */
  joinCall(call: CallReference, receiver: VoiceSocketReceiver, signal: AbortSignal): Promise<VoiceSocket>;
  /** Opens a Realtime session over a WebSocket with a key of ours, which the service carries. Throws as `Upstream`, or the signal's reason. */
  openCarried(
    request: Pick<CallRequest, "callerId" | "model" | "safetyIdentifier">,
    receiver: VoiceSocketReceiver,
    signal: AbortSignal,
  ): Promise<{ socket: CarriedSocket; upstreamKey: string }>;
}

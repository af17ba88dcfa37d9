// What this service wants from OpenAI, said without OpenAI's package.

import type { Outcome } from "./outcome.ts";

export interface MintRequest {
  /** Tells callers apart, so that the failures of one take no key from the others; OpenAI is not told. */
  callerId: string;
  /** The model of the session, for the choice of a key. */
  model: string | undefined;
  /** OpenAI's session object. */
  session: Record<string, unknown> & { type: "realtime" | "transcription" };
  /** The key's lifetime, 10 to 7200 seconds. */
  ttlSeconds: number;
  /** A hashed id of the end user, at most 128 characters. */
  safetyIdentifier: string;
  /** Ends the call when the caller goes. */
  signal: AbortSignal;
}

export interface MintedKey {
  /** `ek_…` */
  value: string;
  /** Unix seconds. */
  expiresAt: number;
  /** OpenAI's echo, whole: it holds instructions and tools, and never leaves as it is. */
  session: Record<string, unknown>;
  connect: ConnectAddresses;
  /** OpenAI's `x-request-id`, for the log. */
  requestId: string | undefined;
  /** The name of the key at OpenAI that it was minted with, for the log. */
  upstreamKey: string;
}

/** Where the browser takes its key. The region is that of the account that minted it. */
export interface ConnectAddresses {
  webrtc: string;
  websocket: string;
}

/** What was learned about one call to OpenAI, for the log line; nothing here is secret. */
export interface UpstreamReport {
  /** The name of the key that was used last. */
  key?: string | undefined;
  requestId?: string | undefined;
  status?: number | undefined;
  /** OpenAI's machine-readable reason, such as `invalid_api_key`. */
  code?: string | undefined;
  /** The session field OpenAI complains of. */
  param?: string | undefined;
  /** OpenAI's own words, with key fragments removed. */
  message?: string | undefined;
}

/** Something that mints. Throws a `Failure`, whose cause carries an `UpstreamError`. */
export interface Upstream {
  mint(request: MintRequest): Promise<MintedKey>;
}

/** One key at OpenAI, which mints within `timeoutMs`. Throws like `Upstream`. */
export interface Account {
  mint(request: MintRequest, timeoutMs: number): Promise<MintedKey>;
}

/** Why OpenAI refused, for the log, and whose fault that is. */
export class UpstreamError extends Error {
  readonly report: UpstreamReport;
  readonly outcome: Outcome;

  constructor(message: string, report: UpstreamReport, outcome: Outcome) {
    super(message);
    this.name = "UpstreamError";
    this.report = report;
    this.outcome = outcome;
  }
}

/** `https://host/v1` → where WebRTC and WebSocket clients connect. */
export const connectAddresses = (baseUrl: string): ConnectAddresses => {
  const base = baseUrl.replace(/\/+$/, "");
  return { webrtc: `${base}/realtime/calls`, websocket: `${base.replace(/^http/, "ws")}/realtime` };
};

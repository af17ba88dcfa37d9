// The port to OpenAI: everything that the service asks of it, and the part of it that is done with one key.
import type { Duplex } from "node:stream";
import type { AttemptLog } from "../observe/event.ts";
import type { Secret } from "../secret.ts";
import type { CallAccount, UpstreamCalls } from "./calls.ts";
import type { Outcome } from "./outcome.ts";
import type { Fields, Recipient, RelayedRequest } from "./relay.ts";

/** All methods throw a `Failure` whose cause is an `UpstreamError`, or the signal's reason. */
export interface Upstream extends AsyncDisposable, UpstreamCalls {
  mint(request: MintRequest): Promise<MintedKey>;
  /**
   * Sends a request on, and again with another key where that helps. Resolves with the key's name when the response begins; the
   * rest of it goes to the recipient.
   */
  relay(request: RelayedRequest, recipient: Recipient): Promise<string>;
  /** Whether OpenAI's moderation flags each of the inputs, in their order. */
  moderate(request: ModerationRequest): Promise<readonly boolean[]>;
  /** Opens a WebSocket, with the credentials that the request brings. */
  openSocket(request: SocketRequest): Promise<UpstreamSocket>;
}

/** One upstream key's account at OpenAI. Each method ends within `timeoutMs`, and throws like `Upstream`. */
export interface UpstreamAccount extends CallAccount {
  mint(request: MintRequest, timeoutMs: number): Promise<MintedKey>;
  relay(request: RelayedRequest, recipient: Recipient, timeoutMs: number): Promise<RelayResult>;
  moderate(request: ModerationRequest, timeoutMs: number): Promise<readonly boolean[]>;
  /** Whether OpenAI can be reached and accepts the key; it costs nothing. Never rejects. */
  probe(signal: AbortSignal): Promise<Outcome>;
}

/** `refused`: OpenAI found a fault with the request, and the recipient received the error. */
export type RelayResult = "answered" | "refused";

export interface MintRequest {
  /** Tells callers apart, so that one caller's failures take no key from the others; it is not sent to OpenAI. */
  callerId: string;
  /** The model of the session, for the choice of a key. */
  model: string | undefined;
  /** OpenAI's session object. */
  session: Record<string, unknown> & { type: "realtime" | "transcription" };
  /** The key's lifetime, 10 to 7200 seconds. */
  ttlSeconds: number;
  /** A hashed id of the end user, at most 128 characters. */
  safetyIdentifier: string;
  /** Ends the request when the caller goes. */
  signal: AbortSignal;
  /** Where the attempts are noted. */
  attemptLog?: AttemptLog | undefined;
}

export interface MintedKey {
  /** `ek_…` */
  value: Secret;
  /** Unix seconds. */
  expiresAt: number;
  /** OpenAI's echo, whole: it holds instructions and tools, which callers must not see. */
  session: Record<string, unknown>;
  connect: ConnectAddresses;
  /** OpenAI's `x-request-id`, for the log. */
  requestId: string | undefined;
  /** The name of the upstream key that it was minted with, for the log. */
  upstreamKey: string;
}

/** Where the browser uses its key. The region is that of the account that minted it. */
export interface ConnectAddresses {
  webrtc: string;
  websocket: string;
}

export interface ModerationRequest {
  model: string;
  input: readonly string[];
  /** As for `MintRequest`. */
  callerId: string;
  /** Ends the request when the caller goes. */
  signal: AbortSignal;
  /** For all attempts together. */
  timeoutMs: number;
}

export interface SocketRequest {
  /** `wss:` or `ws:`, with its query. */
  url: string;
  /** Name, value, name, value, …: the WebSocket's own fields and the credentials. */
  headers: string[];
  /** Ends the attempt when the caller goes. */
  signal: AbortSignal;
}

/** An open connection, and the fields of OpenAI's response to the upgrade. */
export interface UpstreamSocket {
  headers: Fields;
  connection: Duplex;
}

/** `https://host/v1`, without a slash at its end → where WebRTC and WebSocket clients connect, which have no client certificate. */
export const connectAddresses = (baseUrl: string): ConnectAddresses => {
  const open = baseUrl.replace(/^https:\/\/mtls(?:-([a-z]+))?\.api\.openai\.com\//, (_, region?: string) =>
    region ? `https://${region}.api.openai.com/` : "https://api.openai.com/",
  );
  return { webrtc: `${open}/realtime/calls`, websocket: `${open.replace(/^http/, "ws")}/realtime` };
};

// Supervised sessions as the rest of the service asks for them.
import type { Caller } from "../auth/caller.ts";
import type { Grant } from "../mint/mint.ts";
import type { AttemptLog } from "../observe/event.ts";
import type { KeyRequest } from "../profiles/compose.ts";
import type { Secret } from "../secret.ts";
import type { CarriedSocket, VoiceSocketReceiver } from "../upstream/calls.ts";
import type { EndReason, VoiceSession } from "./session.ts";
import type { SessionFilter, Ticket } from "./store/session-store.ts";
import type { Told } from "./watchers/watcher.ts";

export interface IssuedTicket {
  /** `ek_…` */
  value: Secret;
  /** Unix seconds. */
  expiresAt: number;
  /** `vs_…` */
  sessionId: string;
  /** `vg_…`: with it the page asks how its session stands, and calls its tools. */
  grant: Secret;
}

export interface StartRequest {
  caller: Caller;
  grant: Grant;
  /** Undefined where the caller shows credentials of their own. */
  ticket: Ticket | undefined;
  /** The browser's SDP. Throws `offer-invalid` where it is not what the profile takes. */
  offer: string;
  tags: readonly string[];
  requestId: string;
  attemptLog?: AttemptLog | undefined;
  /** Aborts when the caller goes: then the session is ended as soon as it is created. */
  signal: AbortSignal;
}

export interface StartedSession {
  session: VoiceSession;
  /** OpenAI's SDP. */
  answer: string;
  /** As for `IssuedTicket`; undefined where it went out with the ticket. */
  grant: Secret | undefined;
}

export interface CarryRequest extends Omit<StartRequest, "offer"> {
  /** Opens the page's end of the WebSocket. Called once, when OpenAI's end is open; where it never is, the refusal can still be answered. */
  accept(receiver: VoiceSocketReceiver): CarriedSocket;
}

export interface CarriedSession {
  session: VoiceSession;
  /** Resolves when both ends are closed. */
  ended: Promise<void>;
}

export interface Sessions {
  /** Throws `store-unavailable`. */
  issueTicket(
    caller: Caller,
    keyRequest: KeyRequest,
    grant: Grant,
    tags: readonly string[],
  ): Promise<IssuedTicket>;
  /** A ticket that is valid and unused, without taking it. Throws `credentials-rejected` or `store-unavailable`. */
  readTicket(value: string): Promise<Ticket>;
  /**
   * Books the session, which takes its ticket, creates the call, joins it, and resolves when the service watches over it. Throws
   * `credentials-rejected` for a ticket that was used meanwhile, `sessions-exceeded`, `budget-exceeded`, `offer-invalid`,
   * `store-unavailable`, or what the upstream throws; then nothing goes on at OpenAI.
   */
  start(request: StartRequest): Promise<StartedSession>;
  /** The same for a session that this service carries between two WebSockets. Throws as `start`, before `accept` is called. */
  carry(request: CarryRequest): Promise<CarriedSession>;
  find(id: string): Promise<VoiceSession | undefined>;
  /** By OpenAI's id of the call, where the session is that caller's. */
  findCall(callId: string, caller: Caller): Promise<VoiceSession | undefined>;
  /** The session of that grant, also one that has ended. */
  findByGrant(grant: string): Promise<VoiceSession | undefined>;
  list(filter: SessionFilter): Promise<VoiceSession[]>;
  /** Ends them, whichever replica owns them, within a second; answers how many were open. */
  end(filter: SessionFilter, reason: EndReason): Promise<number>;
  /** Tells what a page may know of its session, from now on; returns how to stop. */
  follow(id: string, onTold: (told: Told) => void): () => void;
}

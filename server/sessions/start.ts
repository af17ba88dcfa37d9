// Begins a session: booked, created at OpenAI and watched over, or undone.
import { rejected } from "../auth/rejection.ts";
import { budgetExceeded } from "../budgets/refusal.ts";
import type { Clock } from "../clock.ts";
import { Failure } from "../failures/failure.ts";
import type { Subscriber } from "../observe/event.ts";
import type { SupervisionKind } from "../profiles/supervision.ts";
import type { Secret } from "../secret.ts";
import { type CallRequest, type CreatedCall, mayBeCreated, type UpstreamCalls } from "../upstream/calls.ts";
import { type Held, holdMinute, type VoiceBudgetPorts } from "./budget-watch.ts";
import type { Endings } from "./endings.ts";
import { identityOf, keptCaller } from "./kept-caller.ts";
import { endOf, interfaceOf, newSession, noTotals } from "./new-session.ts";
import { type Registry, WatchFailed } from "./registry.ts";
import type { Carriage, EndReason, VoiceInterface, VoiceSession } from "./session.ts";
import { eventFieldsOf } from "./session-names.ts";
import type { SessionRun } from "./session-run.ts";
import type { SessionAccount, SessionStore } from "./session-store.ts";
import type { StartedSession, StartRequest } from "./sessions.ts";
import { sessionsExceeded } from "./sessions-exceeded.ts";

/** For a session whose caller has no ticket. */
export interface NewGrant {
  sessionId: string;
  grant: Secret;
  grantHash: string;
}

export interface StartPorts extends VoiceBudgetPorts {
  store: Pick<SessionStore, "book" | "change" | "useTicket">;
  replica: string;
  calls: Pick<UpstreamCalls, "createCall">;
  registry: Pick<Registry, "watch">;
  endings: Pick<Endings, "add">;
  clock: Clock;
  emit: Subscriber;
  /** Throws `offer-invalid`. */
  checkOffer(offer: string, supervision: SupervisionKind, of: VoiceInterface): void;
  /** By the configuration in force: where a session is counted, and the strictest of its limits. */
  limitsOf(request: Pick<StartRequest, "caller" | "grant">): {
    accounts: readonly SessionAccount[];
    voice: VoiceSession["voice"];
  };
  newGrant(): NewGrant;
  hashIdentity(id: string): string;
  /** How long OpenAI may take to create a call. */
  timeoutMs(): number;
}

/** A session that is booked, and what was reserved for it. */
export interface Booked {
  session: VoiceSession;
  held: Held | undefined;
  grant: NewGrant | undefined;
}

type BookRequest = Omit<StartRequest, "offer">;

/** Takes the ticket, books the session, and reserves its first minute. Throws as `Sessions.start`. */
export const bookSession = async (
  request: BookRequest,
  carriage: Carriage,
  ports: StartPorts,
): Promise<Booked> => {
  const { store, replica, clock } = ports;
  const { ticket, caller } = request;
  const { accounts, voice } = ports.limitsOf(request);
  if (ticket && !(await stored(store.useTicket(ticket.hash, clock.now())))) {
    throw rejected("ticket-unknown", "the ticket was used meanwhile, or has expired");
  }
  const grant = ticket ? undefined : ports.newGrant();
  const { sessionId: id, grantHash } = ticket ?? (grant as NewGrant);
  const kept = { ...request, caller: keptCaller(caller, ports.hashIdentity) };
  const session = newSession({ request: kept, id, grantHash, carriage, voice, replica, now: clock.now() });
  const verdict = await holdMinute({ caller, profile: session.profile, voice }, {}, ports);
  if ("refusedBy" in verdict) throw budgetExceeded(verdict.refusedBy, clock.now(), SHORTER);
  const booked = { session, held: verdict.held, grant };
  const booking = await stored(store.book(session, accounts)).catch((error: unknown) => {
    // A database that answers too late may have booked it: nothing else would ever end the row, which takes a place.
    unbook(booked, "not-started", ports);
    throw error;
  });
  if (booking.booked) return booked;
  verdict.held?.settle({});
  throw sessionsExceeded(booking, session.openedAt);
};

const SHORTER = "The first minute of a session is reserved before it begins.";

/** Rejects with `store-unavailable` where the database does not answer. */
export const stored = async <Result>(work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (cause) {
    throw new Failure("store-unavailable", undefined, { cause, headers: { "retry-after": "1" } });
  }
};

/** Undoes what was booked. Where OpenAI has the call, it is hung up, however long that takes. */
export const unbook = (
  { session, held }: Booked,
  reason: EndReason,
  { endings, clock }: Pick<StartPorts, "clock" | "endings">,
): void => {
  held?.settle({});
  const isProven = session.callId === undefined;
  void endings.add({ session, totals: noTotals, activeAt: clock.now(), reason, isProven });
};

/** Says that OpenAI has it, and notes it. Rejects where that is not sure: then it must be ended. */
export const noteOpen = async (
  session: VoiceSession,
  { store, clock, emit }: Pick<StartPorts, "clock" | "emit" | "store">,
): Promise<VoiceSession> => {
  const now = clock.now();
  const { interface: kind, supervision, callId, upstreamKey } = session;
  const fields = { ...eventFieldsOf(session, now), interface: kind, supervision };
  emit({ kind: "session-began", ...fields, callId: callId ?? session.id });
  const change = { state: "open" as const, endsAt: endOf(session.voice, now), activeAt: now };
  if (await stored(store.change(session, { ...change, callId, upstreamKey }))) {
    return { ...session, ...change };
  }
  // This replica was silent for so long that another took the session for lost.
  throw new Failure("store-unavailable", undefined, { cause: new Error("another replica has ended it") });
};

/** Joins a session that is open, or undoes it. Rejects with what the caller is to learn. */
export const watchStarted = async (
  booked: Booked,
  { signal }: Pick<StartRequest, "signal">,
  ports: StartPorts,
  calls?: UpstreamCalls,
): Promise<{ session: VoiceSession; run: SessionRun }> => {
  let run: SessionRun;
  try {
    const session = await noteOpen(booked.session, ports);
    signal.throwIfAborted();
    run = await ports.registry.watch(session, { held: booked.held, calls });
  } catch (error) {
    const wasEnded = error instanceof WatchFailed && error.wasEnded;
    if (!wasEnded) unbook(booked, signal.aborted ? "caller-left" : "not-started", ports);
    signal.throwIfAborted();
    throw error instanceof WatchFailed ? unwatched(error) : error;
  }
  if (!signal.aborted) return { session: run.session, run };
  void run.end("caller-left").catch(() => {});
  throw signal.reason;
};

const unwatched = ({ cause }: WatchFailed): Failure =>
  cause instanceof Failure
    ? cause
    : new Failure("upstream-refused", "The session could not be watched over, and was ended.", { cause });

/** Throws as `Sessions.start`. */
export const startSession = async (request: StartRequest, ports: StartPorts): Promise<StartedSession> => {
  const { offer, grant } = request;
  ports.checkOffer(offer, grant.supervision, interfaceOf(grant.session));
  const booked = await bookSession(request, "webrtc", ports);
  const { id: callId, upstreamKey, answer } = await create(request, booked, ports);
  const created = { ...booked, session: { ...booked.session, callId, upstreamKey } };
  const { session } = await watchStarted(created, request, ports);
  return { session, answer, grant: booked.grant?.grant };
};

const create = async (
  { caller, grant, offer, attemptLog }: StartRequest,
  booked: Booked,
  ports: StartPorts,
): Promise<CreatedCall> => {
  const { session } = booked;
  const request: CallRequest = {
    ...{ interface: session.interface, offer, session: session.session, callerId: caller.id, attemptLog },
    model: grant.model,
    safetyIdentifier: identityOf(caller, ports.hashIdentity),
    timeoutMs: ports.timeoutMs(),
  };
  try {
    return await ports.calls.createCall(request);
  } catch (error) {
    if (mayBeCreated(error)) {
      const fields = eventFieldsOf(session, ports.clock.now());
      ports.emit({ kind: "session-trouble", ...fields, what: "not-ended", cause: error });
    }
    unbook(booked, "not-started", ports);
    throw error;
  }
};

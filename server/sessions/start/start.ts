// Begins a session: booked, created at OpenAI and watched over, or undone.
import { Failure } from "../../failures/failure.ts";
import type { Subscriber } from "../../observe/event.ts";
import type { SupervisionKind } from "../../profiles/supervision.ts";
import {
  type CallRequest,
  type CreatedCall,
  isOfferRefused,
  mayBeCreated,
  type UpstreamCalls,
} from "../../upstream/calls.ts";
import { type Registry, WatchFailed } from "../ownership/registry.ts";
import type { SessionRun } from "../run/session-run.ts";
import type { VoiceInterface, VoiceSession } from "../session.ts";
import { eventFieldsOf } from "../session-names.ts";
import type { StartedSession, StartRequest } from "../sessions.ts";
import { identityOf } from "../store/kept-caller.ts";
import type { SessionStore } from "../store/session-store.ts";
import { type Booked, type BookPorts, bookSession, stored, unbook } from "./booking.ts";
import { endOf, interfaceOf } from "./new-session.ts";

export interface StartPorts extends BookPorts {
  store: Pick<SessionStore, "book" | "change">;
  calls: Pick<UpstreamCalls, "createCall">;
  registry: Pick<Registry, "watch">;
  emit: Subscriber;
  /** Throws `offer-invalid`. */
  checkOffer(offer: string, supervision: SupervisionKind, of: VoiceInterface): void;
  /** How long OpenAI may take to create a call. */
  timeoutMs(): number;
}

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
    if (!isOfferRefused(error)) throw error;
    // For the log alone the cause has OpenAI's words.
    throw new Failure("offer-invalid", "OpenAI cannot read it.", { cause: (error as Failure).cause });
  }
};

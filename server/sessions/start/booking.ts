// Books a session before it is created, with its ticket and its first minute's budget, and undoes that.
import { rejected } from "../../auth/rejection.ts";
import { budgetExceeded } from "../../budgets/refusal.ts";
import type { Clock, Timers } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Secret } from "../../secret.ts";
import type { Endings } from "../ownership/endings.ts";
import type { Carriage, EndReason, VoiceSession } from "../session.ts";
import type { StartRequest } from "../sessions.ts";
import { keptCaller } from "../store/kept-caller.ts";
import type { Booking, SessionAccount, SessionStore } from "../store/session-store.ts";
import { type Held, holdMinute, type VoiceBudgetPorts } from "../watchers/budget-watch.ts";
import { newSession, noTotals } from "./new-session.ts";
import { sessionsExceeded } from "./sessions-exceeded.ts";

/** For a session whose caller has no ticket. */
export interface NewGrant {
  sessionId: string;
  grant: Secret;
  grantHash: string;
}

export interface BookPorts extends VoiceBudgetPorts {
  store: Pick<SessionStore, "book">;
  replica: string;
  endings: Pick<Endings, "add">;
  clock: Clock;
  timers: Pick<Timers, "after">;
  /** By the configuration in force: where a session is counted, and the strictest of its limits. */
  limitsOf(request: Pick<StartRequest, "caller" | "grant">): {
    accounts: readonly SessionAccount[];
    voice: VoiceSession["voice"];
  };
  newGrant(): NewGrant;
  hashIdentity(id: string): string;
}

/** A session that is booked, and what was reserved for it. */
export interface Booked {
  session: VoiceSession;
  held: Held | undefined;
  grant: NewGrant | undefined;
}

type BookRequest = Omit<StartRequest, "offer">;

/** Reserves the first minute of the session, books it, and takes its ticket with that. Throws as `Sessions.start`. */
export const bookSession = async (
  request: BookRequest,
  carriage: Carriage,
  ports: BookPorts,
): Promise<Booked> => {
  const { replica, clock } = ports;
  const { ticket, caller } = request;
  const { accounts, voice } = ports.limitsOf(request);
  const grant = ticket ? undefined : ports.newGrant();
  const { sessionId: id, grantHash } = ticket ?? (grant as NewGrant);
  const kept = { ...request, caller: keptCaller(caller, ports.hashIdentity) };
  const session = newSession({ request: kept, id, grantHash, carriage, voice, replica, now: clock.now() });
  const verdict = await holdMinute({ caller, profile: session.profile, voice }, {}, ports);
  if ("refusedBy" in verdict) throw budgetExceeded(verdict.refusedBy, clock.now(), SHORTER);
  const booked = { session, held: verdict.held, grant };
  const booking = await bookInTime({ session, accounts, request, ports }).catch((error: unknown) => {
    // A database that answers too late may have booked it: nothing else would ever end the row, which takes a place.
    unbook(booked, "not-started", ports);
    throw error;
  });
  if (booking.booked) return booked;
  verdict.held?.settle({});
  if (booking.limit === "ticket")
    throw rejected("ticket-unknown", "the ticket was used meanwhile, or has expired");
  throw sessionsExceeded(booking, session.openedAt);
};

/** A page that connects anew has just asked for the end of its session, which its owner hangs up within a second. */
const ENDING_MS = 3000;
const ASKED_AGAIN_MS = 200;

interface BookOnce {
  session: VoiceSession;
  accounts: readonly SessionAccount[];
  request: Pick<StartRequest, "signal" | "ticket">;
  ports: Pick<BookPorts, "clock" | "store" | "timers">;
}

const bookInTime = async ({ session, accounts, request, ports }: BookOnce): Promise<Booking> => {
  const { store, clock, timers } = ports;
  for (const until = clock.monotonic() + ENDING_MS; ; ) {
    const booking = await stored(store.book(session, accounts, request.ticket?.hash));
    const mayWait = !booking.booked && booking.limit === "at_once" && booking.isEnding;
    if (!mayWait || clock.monotonic() >= until || request.signal.aborted) return booking;
    await new Promise<void>((resolve) => timers.after(ASKED_AGAIN_MS, resolve));
  }
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
  { endings, clock }: Pick<BookPorts, "clock" | "endings">,
): void => {
  held?.settle({});
  const isProven = session.callId === undefined;
  void endings.add({ session, totals: noTotals, activeAt: clock.now(), reason, isProven });
};

// The port to tickets and sessions in the database, which all replicas share.
import type { Caller } from "../../auth/caller.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";

/** What was promised to a caller for one use. */
export interface Ticket {
  /** SHA-256 of the ticket, in hexadecimal. The ticket itself is kept nowhere. */
  hash: string;
  /** The id that its session will have. */
  sessionId: string;
  caller: Caller;
  keyRequest: KeyRequest;
  grantHash: string;
  tags: readonly string[];
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** How many sessions, and how much of their time, are counted together: `profile:support|user:bob`. */
export interface SessionAccount {
  name: string;
  atOnce: number | undefined;
  dayMs: number | undefined;
  monthMs: number | undefined;
}

/** The account that is full, and of what. */
export interface NoRoom {
  booked: false;
  account: string;
  limit: "at_once" | "minutes_per_day" | "minutes_per_month";
  /** Whether there will be room as soon as owners have ended what they were asked to end. */
  isEnding?: boolean;
}

export interface NoTicket {
  booked: false;
  limit: "ticket";
}

export type Booking = { booked: true } | NoRoom | NoTicket;

/** What an account has used of the running day and month (UTC), in milliseconds. */
export interface AccountTime {
  account: string;
  dayMs: number;
  monthMs: number;
}

export type OwnedSession = Pick<VoiceSession, "id" | "term">;

/** When a replica last said that it lives, by its own clock. */
export interface Beat {
  replica: string;
  seenAt: number;
}

/** All methods reject with the database's error where it does not answer: then no session begins. */
export interface SessionStore {
  addTicket(ticket: Ticket): Promise<void>;
  /** As long as it is valid and unused. */
  findTicket(hash: string, now: number): Promise<Ticket | undefined>;
  /** Deletes the tickets of a user of the service's own. */
  deleteTickets(user: string): Promise<void>;
  /**
   * Adds the session in the state `opening` if each account has room, and takes its ticket, of which the hash is given; in one step
   * across replicas. A ticket for which there is no room stays valid; of all that use one at once, one is booked.
   */
  book(session: VoiceSession, accounts: readonly SessionAccount[], ticket?: string): Promise<Booking>;
  /** Changes it where the owner is still in its term. Answers whether it was changed. */
  change(session: Pick<VoiceSession, "id" | "term">, change: SessionChange): Promise<boolean>;
  find(id: string): Promise<VoiceSession | undefined>;
  findByCall(callId: string): Promise<VoiceSession | undefined>;
  findByGrant(grantHash: string): Promise<VoiceSession | undefined>;
  /** The newest first. */
  list(filter: SessionFilter): Promise<VoiceSession[]>;
  /** Asks the owners of open sessions to end them; answers how many. */
  requestEnd(filter: SessionFilter, reason: EndReason): Promise<number>;
  /** What owners are asked: those of this replica's open sessions that are to end. */
  endRequests(replica: string): Promise<{ id: string; reason: EndReason }[]>;
  /** Says that the replica lives. */
  beat(replica: string, now: number): Promise<void>;
  /** The last beats of the replicas that own open sessions. */
  beats(): Promise<Beat[]>;
  /**
   * Takes over open sessions that have no owner, or another one that never said that it lives, or that has said nothing since the beat
   * `gone`; raises their term. At most `most`, the oldest first.
   */
  adopt(replica: string, gone: Beat | undefined, most: number): Promise<VoiceSession[]>;
  /** The sessions of a replica: those that are open, and those that were opening before `openedBefore`. */
  owned(replica: string, openedBefore: number): Promise<OwnedSession[]>;
  /** Saves what many sessions have used, each within its term. Answers the ids of those that have another owner meanwhile. */
  saveTotals(sessions: readonly SavedTotals[]): Promise<string[]>;
  /** Adds a session's time to the minutes of its accounts, and answers what those have used now. */
  addTime(accounts: readonly string[], at: number, ms: number): Promise<AccountTime[]>;
  /** Deletes tickets that have expired, and sessions that ended before `before`. */
  sweep(now: number, before: number): Promise<void>;
}

export type SessionChange = Partial<
  Pick<
    VoiceSession,
    "activeAt" | "callId" | "endedAt" | "endsAt" | "owner" | "reason" | "state" | "totals" | "upstreamKey"
  >
>;

export interface SessionFilter {
  /** Only those that have not ended. */
  isOpen?: boolean;
  /** The caller's id. */
  caller?: string;
  /** The names of users of the service's own. */
  user?: string;
  profile?: string;
  /** 1,000 at most. */
  ids?: readonly string[];
  /** 100 by default, 1,000 at most. */
  limit?: number;
}

export interface SavedTotals extends Pick<VoiceSession, "activeAt" | "id" | "term"> {
  totals: SessionTotals;
}

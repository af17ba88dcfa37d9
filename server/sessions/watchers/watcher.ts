// What watches over a session: each concern is one watcher of its facts.
import type { JsonRecord } from "../../json/record.ts";
import type { Fact, VoiceDialect } from "../dialects/fact.ts";
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";

/** What a watcher may do with the session. */
export interface SessionControl {
  /** As it was when this replica took it over; what changes is told by facts and totals. */
  readonly session: VoiceSession;
  readonly dialect: VoiceDialect;
  readonly totals: Readonly<SessionTotals>;
  /** Adds to what the session has used. */
  add(used: Partial<SessionTotals>): void;
  /** Begins the ids of the next events that are sent: another each time. */
  eventPrefix(): string;
  /** Whether an event with this id was sent through this control. */
  isOwn(clientEventId: string | undefined): boolean;
  /** Sends events to OpenAI. Answers whether all were: while it is not connected, none is. */
  send(events: readonly JsonRecord[]): boolean;
  /** A response of the model's, as soon as none is active; of several that wait, one. */
  goOn(): void;
  /** Ends the session; the first reason stands. */
  end(reason: EndReason): void;
  /** Tells the page, where it listens. */
  tell(told: Told): void;
}

export interface SessionWatcher {
  /** The service is connected to OpenAI: the first time, or again after it was not. */
  onJoined?(): void;
  onFact(fact: Fact): void;
  /** Once a second. */
  onTick?(now: number): void;
  /** `isOver`: the session has ended; else another replica takes it over. */
  close?(isOver: boolean): void;
}

export type CreateWatcher = (control: SessionControl) => SessionWatcher;

/** What a page is told of its session by server-sent events. */
export type Told =
  | { kind: "state"; state: VoiceSession["state"]; reason: EndReason | undefined }
  | { kind: "ends-soon"; endsAt: number }
  | { kind: "caption"; by: "assistant" | "user"; text: string; isWhole: boolean }
  | { kind: "tool"; name: string; state: "answered" | "asked" | "failed" };

// One session that this replica watches over: its connection to OpenAI, and the watchers of what comes over it.
import type { Clock, Timers } from "../../clock.ts";
import type { Subscriber } from "../../observe/event.ts";
import type { UpstreamCalls } from "../../upstream/calls.ts";
import type { VoiceDialect } from "../dialects/fact.ts";
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";
import type { CreateWatcher, Told } from "../watchers/watcher.ts";

export interface SessionRun {
  readonly session: VoiceSession;
  readonly totals: Readonly<SessionTotals>;
  /** Milliseconds since 1970. */
  readonly activeAt: number;
  /** Ends it at OpenAI. Resolves when that is proven, or was tried for long enough; `onEnded` was called before. */
  end(reason: EndReason): Promise<void>;
  /** Lets go of it without ending it: another replica takes it over. */
  release(): void;
  /** To be called once a second. */
  tick(now: number): void;
}

export interface RunPorts {
  calls: UpstreamCalls;
  dialect: VoiceDialect;
  watchers: readonly CreateWatcher[];
  clock: Clock;
  timers: Timers;
  /** Begins the ids of its own events. */
  randomId(): string;
  emit: Subscriber;
  /** Once. `isProven`: OpenAI has confirmed that it is over. */
  onEnded(run: SessionRun, end: { reason: EndReason; isProven: boolean }): void;
  onTold(told: Told): void;
}

/**
 * Joins a session and watches over it. Resolves when it is joined; where OpenAI does not let the service join, as the session's
 * `without_sideband` says: resolves, and goes on by the clock, or ends the session and rejects.
 */
export type StartRun = (session: VoiceSession, ports: RunPorts) => Promise<SessionRun>;

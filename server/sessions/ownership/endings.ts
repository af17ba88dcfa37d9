// Sessions that are over: OpenAI is told until it has confirmed it, and the database until it has taken it.
import type { Clock } from "../../clock.ts";
import type { Subscriber } from "../../observe/event.ts";
import type { UpstreamCalls } from "../../upstream/calls.ts";
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";
import { callOf, eventFieldsOf } from "../session-names.ts";
import type { SessionChange, SessionStore } from "../store/session-store.ts";

/** How a session of this replica stands when it is over. */
export interface SessionEnd {
  session: VoiceSession;
  totals: SessionTotals;
  /** Milliseconds since 1970. */
  activeAt: number;
  reason: EndReason;
  /** Whether OpenAI has confirmed that it is over, or never had it. */
  isProven: boolean;
}

export interface Endings {
  /** Hangs up where it is not proven, and has it written. Never rejects: who does not answer is asked again. */
  add(end: SessionEnd): Promise<void>;
  /** Whether it is being ended. */
  has(sessionId: string): boolean;
  /** Once a second: asks again. */
  tick(now: number): void;
  /** Resolves when each was asked once more. */
  flush(): Promise<void>;
}

export interface EndingPorts {
  store: Pick<SessionStore, "change">;
  calls: Pick<UpstreamCalls, "hangUp">;
  clock: Pick<Clock, "now">;
  emit: Subscriber;
}

const RETRY_MS = 15_000;
const HANG_UP_MS = 10_000;
const MOST_WRITING = 20;
/** OpenAI ends each session after an hour; a minute for clocks that differ. */
const LONGEST_MS = 61 * 60_000;

interface Waiting extends SessionEnd {
  at: number;
  written: "nothing" | "ending" | "all";
  isBusy: boolean;
  nextTryAt: number;
}

export const createEndings = ({ store, calls, clock, emit }: EndingPorts): Endings => {
  const waiting = new Map<string, Waiting>();

  let writing = 0;
  const waitingToWrite: (() => void)[] = [];
  /** All that end at once would else stand in the way of what requests ask the database. */
  const change = async (each: Waiting): Promise<boolean> => {
    if (writing === MOST_WRITING) await new Promise<void>((resolve) => void waitingToWrite.push(resolve));
    else writing += 1;
    try {
      return await store.change(each.session, changeOf(each));
    } finally {
      const next = waitingToWrite.shift();
      if (next) next();
      else writing -= 1;
    }
  };

  const write = async (each: Waiting): Promise<void> => {
    const { session, isProven } = each;
    if (each.written === (isProven ? "all" : "ending")) return;
    const isOurs = await change(each);
    // Where another replica has it now, that one writes how it ended.
    each.written = isProven || !isOurs ? "all" : "ending";
    // What was never created has not begun either.
    if (isOurs && isProven && session.upstreamKey !== undefined) emit(endedEvent(each));
  };

  const hangUp = async (each: Waiting): Promise<void> => {
    const now = clock.now();
    if (each.isProven || now < each.nextTryAt) return;
    each.nextTryAt = now + RETRY_MS;
    const call = callOf(each.session);
    if (call && now < each.session.openedAt + LONGEST_MS) await calls.hangUp(call, HANG_UP_MS);
    each.isProven = true;
    each.at = clock.now();
  };

  const goOn = async (each: Waiting): Promise<void> => {
    if (each.isBusy) return;
    each.isBusy = true;
    // A database that is away, or slow, must not keep a session alive.
    await Promise.allSettled([write(each), hangUp(each)]);
    await write(each).catch(() => {});
    each.isBusy = false;
    const { id } = each.session;
    if (each.isProven && each.written === "all" && waiting.get(id) === each) waiting.delete(id);
  };

  return {
    add: (end) => {
      const now = clock.now();
      const each: Waiting = { ...end, at: now, written: "nothing", isBusy: false, nextTryAt: now };
      waiting.set(end.session.id, each);
      return goOn(each);
    },
    has: (id) => waiting.has(id),
    tick: () => {
      for (const each of waiting.values()) void goOn(each);
    },
    flush: async () => {
      await Promise.all([...waiting.values()].map(goOn));
    },
  };
};

const changeOf = ({ isProven, reason, totals, activeAt, at }: Waiting): SessionChange => ({
  state: isProven ? "ended" : "ending",
  ...{ reason, totals, activeAt },
  ...(isProven && { endedAt: at }),
});

const endedEvent = ({ session, totals, reason, at }: Waiting) => ({
  kind: "session-ended" as const,
  ...eventFieldsOf(session, at),
  ...{ reason, tokens: totals.tokens, costNanoUsd: totals.costNanoUsd },
  seconds: Math.max(0, at - session.openedAt) / 1000,
});

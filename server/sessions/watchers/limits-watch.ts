// Ends a session at its limits, and has the model say good-bye before its time is up.
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";
import type { CreateWatcher } from "./watcher.ts";

interface Situation {
  now: number;
  /** When it was last active, in milliseconds since 1970. */
  activeAt: number;
  endsAt: number;
  totals: Readonly<SessionTotals>;
}

/** The limit that a session has reached, if any. Pure. */
export const reachedLimit = (
  { voice }: Pick<VoiceSession, "voice">,
  { now, activeAt, endsAt, totals }: Situation,
): EndReason | undefined => {
  const { idle_seconds, max_cost_usd, max_tokens } = voice;
  if (now >= endsAt) return "duration";
  if (max_cost_usd !== undefined && totals.costNanoUsd >= max_cost_usd * 1e9) return "cost";
  if (max_tokens !== undefined && totals.tokens >= max_tokens) return "tokens";
  if (idle_seconds !== undefined && now - activeAt >= idle_seconds * 1000) return "idle";
  return undefined;
};

/**
 * When the model is told that the end is near; undefined where it is not to be told. A session that is shorter than the notice is told
 * in its middle. Pure.
 */
export const noticeAt = (
  { voice, openedAt }: Pick<VoiceSession, "openedAt" | "voice">,
  endsAt: number,
): number | undefined =>
  voice.notice_seconds === 0
    ? undefined
    : Math.max(endsAt - voice.notice_seconds * 1000, openedAt + (endsAt - openedAt) / 2);

/** A replica that takes a session over so long after the notice leaves it at that of the replica before. */
const MISSED_MS = 3000;

export const limitsWatch: CreateWatcher = (control) => {
  const { session } = control;
  let endsAt = session.endsAt;
  let activeAt = session.activeAt;
  let isHeard = false;
  let isFirstTick = true;
  let isTold = false;

  const notify = (now: number): void => {
    const at = noticeAt(session, endsAt);
    if (isTold || at === undefined || now < at) return;
    isTold = true;
    if (isFirstTick && session.term > 1 && now - at > MISSED_MS) return;
    control.send(control.dialect.tell(session.voice.notice, control.eventPrefix()));
    // GPT-Live speaks when it is told something.
    if (session.interface === "realtime") control.goOn();
    control.tell({ kind: "ends-soon", endsAt });
  };
  return {
    onFact: (fact) => {
      // The time of the fact is that of the next tick: a second is exact enough for what is counted in seconds.
      if (fact.kind === "activity") isHeard = true;
      if (fact.kind === "expires") endsAt = Math.min(endsAt, fact.at);
      if (fact.kind !== "usage") return;
      const reached = reachedLimit(session, { now: 0, activeAt: 0, endsAt, totals: control.totals });
      if (reached) control.end(reached);
    },
    onTick: (now) => {
      if (isHeard) activeAt = now;
      isHeard = false;
      const reached = reachedLimit(session, { now, activeAt, endsAt, totals: control.totals });
      if (reached) control.end(reached);
      else notify(now);
      isFirstTick = false;
    },
  };
};

// Does the step of a rotation that is due, on one replica at a time, and writes down what came of it.
import type { Clock } from "../clock.ts";
import {
  AFTER_UNDOING_MS,
  isAhead,
  isDue,
  type RotatedKey,
  type RotationState,
  retryMs,
} from "./rotated-key.ts";
import type { RotationStore } from "./rotation-store.ts";
import type { createSteps, RotatingKey, Step } from "./steps.ts";

/** What became of a step, for log and audit trail. */
export type RotationNews =
  | { kind: "step"; key: string; from: RotationState; to: RotationState; note: string | undefined }
  | { kind: "failed"; key: string; state: RotationState; error: string; retryMs: number }
  /** The database cannot be read, or can again. */
  | { kind: "blind" | "sighted"; error: string | undefined };

export interface AdvancePorts {
  store: Pick<RotationStore, "change">;
  steps: ReturnType<typeof createSteps>;
  clock: Pick<Clock, "now">;
  replica: string;
  onNews(news: RotationNews): void;
}

/** Longer than any step takes, so that no two replicas do one; where clocks differ, the row's version decides. */
const LEASE_MS = 180_000;

/** Rejects where the database does not answer: the row then says how far it is. An aborted signal leaves the step to another replica. */
export type Advance = (row: RotatedKey, key: RotatingKey, signal: AbortSignal) => Promise<void>;

export const createAdvance = ({ store, steps, clock, replica, onNews }: AdvancePorts): Advance => {
  const advance: Advance = async (row, key, signal) => {
    const now = clock.now();
    // A clock that was set back: what lies ahead of it counts from now.
    if (isAhead(row.stateSince, now)) return void (await store.change(row, { stateSince: now }));
    if (isAhead(row.inServiceSince, now)) return void (await store.change(row, { inServiceSince: now }));
    const isLeased = row.leaseUntil > now && !isAhead(row.leaseUntil, now + LEASE_MS);
    const isPausing = row.retryAt > now && !isAhead(row.retryAt, now + AFTER_UNDOING_MS);
    if (isPausing || (isLeased && row.leaseOwner !== replica)) return;
    if (row.state === "idle" && !isDue(row, key.rotate, now)) return;
    const leased = await store.change(row, { leaseOwner: replica, leaseUntil: now + LEASE_MS });
    if (!leased) return;
    const free = { leaseOwner: undefined, leaseUntil: 0 };
    try {
      const step = await steps[row.state](leased, key, signal);
      if (!step) return void (await store.change(leased, free));
      await apply(leased, step);
    } catch (error) {
      if (signal.aborted) return void (await store.change(leased, free));
      const attempts = row.attempts + 1;
      const pauseMs = retryMs(attempts);
      const text = messageOf(error);
      const failure = { attempts, retryAt: now + pauseMs, error: text, failedAt: now };
      await store.change(leased, { ...free, ...failure });
      onNews({ kind: "failed", key: row.name, state: row.state, error: text, retryMs: pauseMs });
    }
  };

  const apply = async (leased: RotatedKey, { change, note, takeBack }: Step): Promise<void> => {
    const to = change.state ?? leased.state;
    const free = { leaseOwner: undefined, leaseUntil: 0, stateSince: clock.now(), attempts: 0, retryAt: 0 };
    const failed = to === "undoing" && { error: note, failedAt: clock.now() };
    const changed = await store.change(leased, { ...free, ...failed, ...change });
    if (changed) onNews({ kind: "step", key: leased.name, from: leased.state, to, note });
    else await takeBack?.();
  };

  return advance;
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

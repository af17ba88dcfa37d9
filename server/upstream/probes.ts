// Probes: requests of our own that find out whether a key that is out works again, so that no caller's request has to.
import type { ProbeReason } from "./key-state.ts";
import type { Pool } from "./pool.ts";
import type { PoolKey } from "./pool-members.ts";

export interface ProbePorts {
  pool: Pick<Pool, "probed" | "probeReason">;
  /** Runs the work once, later. Returns the function that cancels it. */
  schedule(work: () => void, ms: number): () => void;
  /** 0 to 1. */
  random(): number;
}

export interface Probes {
  /** To be called with each change of what is known about a key. */
  update(key: PoolKey): void;
  /** To be called with a key that has gone, or was replaced. */
  forget(key: PoolKey): void;
  close(): void;
}

/** A key that OpenAI called invalid is probed soon, in case that was a mistake, and at last every half minute. */
const INVALID_FIRST_MS = 1000;
const INVALID_MS = 10_000;
const INVALID_MAX_MS = 30_000;
/** With a probe's own time, a key is back within three seconds of an outage's end. */
const OPEN_MS = 1000;
export const PROBE_TIMEOUT_MS = 2000;

/** One probe at a time for each key, and none for healthy keys. */
export const createProbes = (ports: ProbePorts): Probes => {
  const { pool, schedule, random } = ports;
  const closing = new AbortController();
  const planned = new Map<PoolKey, { kind: ProbeReason["kind"]; probes: number; cancel(): void }>();
  const running = new Set<PoolKey>();

  const plan = (key: PoolKey, reason: ProbeReason, probes: number): void => {
    const ms = delayOf(reason, probes) * (0.75 + 0.25 * random());
    planned.set(key, { kind: reason.kind, probes, cancel: schedule(() => void run(key), ms) });
  };

  const run = async (key: PoolKey): Promise<void> => {
    running.add(key);
    const outcome = await key.account.probe(closing.signal);
    running.delete(key);
    if (closing.signal.aborted) return;
    const before = planned.get(key);
    planned.delete(key);
    pool.probed(key, outcome);
    const reason = pool.probeReason(key);
    if (!reason || planned.has(key)) return;
    plan(key, reason, before?.kind === reason.kind ? before.probes + 1 : 0);
  };

  return {
    update: (key) => {
      if (closing.signal.aborted || running.has(key)) return;
      const reason = pool.probeReason(key);
      const before = planned.get(key);
      if (reason?.kind === before?.kind) return;
      before?.cancel();
      planned.delete(key);
      if (reason) plan(key, reason, 0);
    },
    forget: (key) => {
      planned.get(key)?.cancel();
      planned.delete(key);
    },
    close: () => {
      closing.abort(new Error("the service stops"));
      for (const { cancel } of planned.values()) cancel();
    },
  };
};

const delayOf = (reason: ProbeReason, probes: number): number => {
  switch (reason.kind) {
    case "suspect":
      return 0;
    case "open":
      return OPEN_MS;
    case "invalid": {
      const refusals = reason.times - 1 + probes;
      if (refusals === 0) return INVALID_FIRST_MS;
      return Math.min(INVALID_MAX_MS, INVALID_MS * 2 ** Math.min(refusals - 1, 10));
    }
  }
};

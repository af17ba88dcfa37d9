// Finds out by requests of our own whether a key that is out works again, so that no caller's request has to.
import type { Check } from "./key-state.ts";
import type { Outcome } from "./outcome.ts";
import type { Pool, PoolKey } from "./pool.ts";

export interface ProbePorts<Key extends PoolKey> {
  pool: Pick<Pool<Key>, "check" | "probed">;
  /** Asks OpenAI for next to nothing with this key. Never rejects. */
  probe(key: Key, signal: AbortSignal): Promise<Outcome>;
  /** Does something later, once; what comes back keeps it from being done. */
  schedule(work: () => void, ms: number): () => void;
  /** 0 to 1. */
  random(): number;
}

export interface Probes<Key extends PoolKey> {
  /** To be called whenever something changes in what is known of a key. */
  review(key: Key): void;
  close(): void;
}

/** A key that OpenAI called invalid is asked about soon, in case that was a mistake, and then ever more rarely. */
const INVALID_FIRST_MS = 1000;
const INVALID_MS = 10_000;
const INVALID_LONGEST_MS = 600_000;
/** With a probe's own time (two seconds) still within three seconds of an outage's end. */
const OPEN_MS = 1000;

/** One probe at a time for each key, and none for keys that are fine. */
export const createProbes = <Key extends PoolKey>(ports: ProbePorts<Key>): Probes<Key> => {
  const { pool, probe, schedule, random } = ports;
  const closing = new AbortController();
  const pending = new Map<Key, { kind: Check["kind"]; probes: number; cancel(): void }>();

  const plan = (key: Key, check: Check, probes: number): void => {
    const ms = delayOf(check, probes) * (0.75 + 0.25 * random());
    pending.set(key, { kind: check.kind, probes, cancel: schedule(() => void run(key), ms) });
  };

  const asked = new Set<Key>();
  const run = async (key: Key): Promise<void> => {
    asked.add(key);
    const outcome = await probe(key, closing.signal);
    asked.delete(key);
    if (closing.signal.aborted) return;
    const before = pending.get(key);
    pending.delete(key);
    pool.probed(key, outcome);
    const check = pool.check(key);
    if (!check || pending.has(key)) return;
    plan(key, check, before?.kind === check.kind ? before.probes + 1 : 0);
  };

  return {
    review: (key) => {
      if (closing.signal.aborted || asked.has(key)) return;
      const check = pool.check(key);
      const planned = pending.get(key);
      if (check?.kind === planned?.kind) return;
      planned?.cancel();
      pending.delete(key);
      if (check) plan(key, check, 0);
    },
    close: () => {
      closing.abort(new Error("the service stops"));
      for (const { cancel } of pending.values()) cancel();
      pending.clear();
    },
  };
};

const delayOf = (check: Check, probes: number): number => {
  switch (check.kind) {
    case "suspect":
      return 0;
    case "open":
      return OPEN_MS;
    case "invalid": {
      const refusals = check.times - 1 + probes;
      if (refusals === 0) return INVALID_FIRST_MS;
      return Math.min(INVALID_LONGEST_MS, INVALID_MS * 2 ** Math.min(refusals - 1, 10));
    }
  }
};

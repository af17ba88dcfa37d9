// Which key to use: of the healthy ones with the highest priority by weight, but of two never one that is clearly slower.
import type { Clock } from "../clock.ts";
import type { Job } from "./job.ts";
import {
  type Check,
  type Closed,
  createKeyState,
  type KeyChange,
  type KeyState,
  type Standing,
} from "./key-state.ts";
import { namesModel } from "./model-names.ts";
import type { Outcome } from "./outcome.ts";

export interface PoolKey {
  name: string;
  /** The higher goes first. */
  priority: number;
  /** Its share among those of the same priority. */
  weight: number;
  /** Model names, `*` at the end stands for anything; undefined takes all. */
  models: readonly string[] | undefined;
}

export interface Choice<Key extends PoolKey> {
  key: Key;
  /** Tells the pool how it ended. To be called once; `counts` is false where the request counted against this key already. */
  report(outcome: Outcome, counts: boolean): void;
}

export interface PoolPorts<Key extends PoolKey> {
  clock: Pick<Clock, "monotonic">;
  /** 0 to 1. */
  random(): number;
  /** Hears of whatever changes in what is known of a key. */
  onChange(key: Key, change: KeyChange): void;
}

/** Keys that a request has been tried with, by name, and whether asking again may help. */
export type Tried = ReadonlyMap<string, "failed" | "refused">;

/** Why no key may be used for a job, and when one may be. */
export type Outlook =
  | { kind: "no key has the model" }
  /** OpenAI limits, cannot be reached, or takes none of the keys. */
  | { kind: Closed["why"]; waitMs: number }
  | { kind: "usable" };

export interface Pool<Key extends PoolKey> {
  /** A key for the job, none of those tried. Undefined when none may be used now. */
  choose(job: Job, tried: Tried): Choice<Key> | undefined;
  outlook(job: Job): Outlook;
  /** What a probe is to find out about this key, if anything. */
  check(key: Key): Check | undefined;
  probed(key: Key, outcome: Outcome): void;
  isUsable(key: Key): boolean;
}

export const createPool = <Key extends PoolKey>(
  keys: readonly Key[],
  { clock, random, onChange }: PoolPorts<Key>,
): Pool<Key> => {
  const states = new Map(
    keys.map((key) => [key, createKeyState(clock.monotonic, (change) => onChange(key, change))]),
  );
  const stateOf = (key: Key): KeyState => states.get(key) as KeyState;
  const standings = (job: Job): Candidate<Key>[] =>
    keys
      .filter((key) => hasModel(key, job.model))
      .map((key) => ({ key, standing: stateOf(key).standing(job) }));

  const find = (job: Job, tried: Tried): Key | undefined => {
    const all = standings(job);
    const usable = all.filter(({ standing }) => usableRanks.has(standing.may));
    // Where a key is left that may be used, one that is out helps nobody.
    if (usable.every(({ key }) => tried.get(key.name) === "refused")) return leastBad(all, tried);
    const open = usable.filter(({ key }) => !tried.has(key.name));
    const that = (may: Standing["may"]) =>
      open.filter(({ standing }) => standing.may === may).map(({ key }) => key);
    const best = (some: readonly Key[]) => bestOf(some, (key) => stateOf(key).expectedMs(job), random);
    const free = that("be used");
    // Whether a key is back is found out by one request, before others that could do without it have to wait.
    const trial = that("be tried").find(({ priority }) => free.every((key) => priority >= key.priority));
    return trial ?? best(free) ?? best(open.map(({ key }) => key));
  };

  return {
    choose: (job, tried) => {
      const key = find(job, tried);
      return key && { key, report: stateOf(key).begin(job) };
    },
    outlook: (job) => {
      const all = standings(job).map(({ standing }) => standing);
      if (all.length === 0) return { kind: "no key has the model" };
      const closed = all.filter((standing) => standing.may === "not be used");
      if (closed.length < all.length) return { kind: "usable" };
      const waitMs = Math.min(...closed.map((standing) => standing.waitMs));
      const reasons = new Set(closed.map(({ why }) => why));
      const kind = (["limited", "away"] as const).find((each) => reasons.has(each)) ?? "refused";
      return { kind, waitMs };
    },
    check: (key) => stateOf(key).check(),
    probed: (key, outcome) => stateOf(key).probed(outcome),
    isUsable: (key) => stateOf(key).isUsable(),
  };
};

interface Candidate<Key> {
  key: Key;
  standing: Standing;
}

const usableRanks = new Set<Standing["may"]>(["be used", "be tried", "come last"]);

// Panic mode: where no key may be used, the one that is least likely to fail is tried all the same, by few.
const leastBad = <Key extends PoolKey>(all: readonly Candidate<Key>[], tried: Tried): Key | undefined => {
  const badness = ({ standing }: Candidate<Key>) =>
    standing.may === "be tried in panic" ? standing.badness : Number.POSITIVE_INFINITY;
  const [least] = all
    .filter((candidate) => Number.isFinite(badness(candidate)) && !tried.has(candidate.key.name))
    .sort((one, other) => badness(one) - badness(other));
  return least?.key;
};

const hasModel = ({ models }: PoolKey, model: string | undefined): boolean =>
  models === undefined || model === undefined || namesModel(models, model);

const bestOf = <Key extends PoolKey>(
  keys: readonly Key[],
  loadOf: (key: Key) => number,
  random: () => number,
): Key | undefined => {
  if (keys.length < 2) return keys[0];
  const best = Math.max(...keys.map(({ priority }) => priority));
  return betterOfTwo(
    keys.filter(({ priority }) => priority === best),
    loadOf,
    random,
  );
};

/** How much less loaded the second has to be, so that weights decide as long as no key is slow. */
const CLEARLY = 0.5;

/** The power of two choices: two are drawn by weight, and the first is taken unless the second is clearly less loaded. */
const betterOfTwo = <Key extends PoolKey>(
  keys: readonly Key[],
  loadOf: (key: Key) => number,
  random: () => number,
): Key | undefined => {
  const first = draw(keys, random());
  if (!first || keys.length === 1) return first;
  const others = keys.filter((key) => key !== first);
  const second = draw(others, random());
  return second && loadOf(second) < CLEARLY * loadOf(first) ? second : first;
};

const draw = <Key extends PoolKey>(keys: readonly Key[], point: number): Key | undefined => {
  const total = keys.reduce((sum, { weight }) => sum + weight, 0);
  let left = point * total;
  for (const key of keys) {
    left -= key.weight;
    if (left < 0) return key;
  }
  return keys.at(-1);
};

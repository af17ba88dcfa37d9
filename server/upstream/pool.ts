// Which key to use: of the healthy ones with the highest priority by weight, but of two never one that is clearly slower.
import type { Clock } from "../clock.ts";
import { namesModel } from "../model-names.ts";
import { after, begun, freeAt, type Health, type Outcome, permits, unknownHealth } from "./health.ts";

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
  /** Tells the pool how it ended. To be called once. */
  report(outcome: Outcome): void;
}

export interface PoolPorts<Key extends PoolKey> {
  clock: Pick<Clock, "now">;
  /** 0 to 1. */
  random(): number;
  /** Hears when a key goes out and comes back. */
  onChange(key: Key, change: KeyChange): void;
}

export type KeyChange = "out" | "rejected" | "limited" | "back";

export interface Pool<Key extends PoolKey> {
  /**
   * A key for that model, preferably none of `tried`. Undefined when none may be used now: then `freeAt` says from when
   * on one may be, where waiting helps.
   */
  choose(model: string | undefined, tried: ReadonlySet<string>): Choice<Key> | undefined;
  /** Milliseconds since 1970. */
  freeAt(model: string | undefined): number | undefined;
  /** Whether any key has that model, healthy or not. */
  serves(model: string | undefined): boolean;
}

export const createPool = <Key extends PoolKey>(
  keys: readonly Key[],
  { clock, random, onChange }: PoolPorts<Key>,
): Pool<Key> => {
  const states = new Map<Key, Health>(keys.map((key) => [key, unknownHealth]));
  const inFlight = new Map<Key, number>();
  const healthOf = (key: Key): Health => states.get(key) ?? unknownHealth;
  const inFlightOf = (key: Key): number => inFlight.get(key) ?? 0;
  // How long another request would take, by what is known.
  const loadOf = (key: Key): number => healthOf(key).latencyMs * (inFlightOf(key) + 1);
  const serving = (model: string | undefined) => keys.filter((key) => hasModel(key, model));

  const set = (key: Key, health: Health, now: number): void => {
    const change = changeOf(healthOf(key), health, now);
    states.set(key, health);
    if (change) onChange(key, change);
  };

  const take = (key: Key): Choice<Key> => {
    states.set(key, begun(healthOf(key)));
    inFlight.set(key, inFlightOf(key) + 1);
    const report = (outcome: Outcome): void => {
      inFlight.set(key, inFlightOf(key) - 1);
      const now = clock.now();
      set(key, after(healthOf(key), outcome, now), now);
    };
    return { key, report };
  };

  return {
    choose: (model, tried) => {
      const now = clock.now();
      const [only] = keys;
      if (only && keys.length === 1 && tried.size === 0 && hasModel(only, model)) {
        return permits(healthOf(only), now) === "no" ? undefined : take(only);
      }
      const open = serving(model).filter((key) => !tried.has(key.name));
      // Whether a key is back is found out by one request, before others that could do without it have to wait.
      const trial = open.find((key) => permits(healthOf(key), now) === "one trial");
      const free = open.filter((key) => permits(healthOf(key), now) === "freely");
      if (trial && isFirst(trial, free)) return take(trial);
      const best = Math.max(...free.map(({ priority }) => priority));
      const equals = free.filter(({ priority }) => priority === best);
      const key = betterOfTwo(equals, loadOf, random);
      return key && take(key);
    },
    freeAt: (model) => {
      const times = serving(model).flatMap((key) => freeAt(healthOf(key)) ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    serves: (model) => serving(model).length > 0,
  };
};

const hasModel = ({ models }: PoolKey, model: string | undefined): boolean =>
  models === undefined || model === undefined || namesModel(models, model);

const isFirst = (trial: PoolKey, free: readonly PoolKey[]): boolean =>
  free.every(({ priority }) => trial.priority >= priority);

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

const changeOf = (before: Health, next: Health, now: number): KeyChange | undefined => {
  if (next.rejected) return before.rejected ? undefined : "rejected";
  if (next.out && next.out.until !== before.out?.until) return "out";
  if (next.limitedUntil > now) return before.limitedUntil > now ? undefined : "limited";
  const wasAway = before.out !== undefined || before.limitedUntil > 0;
  return wasAway && !next.out && next.limitedUntil === 0 ? "back" : undefined;
};

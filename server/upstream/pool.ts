// The pool of upstream keys: of the healthy keys with the highest priority one by weight, but never the clearly slower of two.
import type { Clock } from "../clock.ts";
import type { UpstreamAccount } from "./account.ts";
import {
  type Availability,
  createKeyState,
  type KeyChange,
  type KeyState,
  type ProbeReason,
  type RequestInFlight,
  type Unavailable,
} from "./key-state.ts";
import { namesModel } from "./model-names.ts";
import type { Outcome } from "./outcome.ts";
import type { RoutingFacts } from "./routing.ts";

export interface PoolKey {
  name: string;
  /** The highest goes first. */
  priority: number;
  /** Its share among those of the same priority. */
  weight: number;
  /** Model names, `*` at the end matches anything; undefined for all models. */
  models: readonly string[] | undefined;
  account: UpstreamAccount;
}

export interface PoolPorts {
  clock: Pick<Clock, "monotonic">;
  /** 0 to 1. */
  random(): number;
  onChange(key: PoolKey, change: KeyChange): void;
}

/** Keys that a request has been tried with, by name, and whether trying again may help. */
export type Tried = ReadonlyMap<string, "failed" | "refused">;

/** Whether any key may be used for a request, and if not, why and when one may be. */
export type PoolAvailability =
  | { kind: "no-key-has-model" }
  /** OpenAI limits, cannot be reached, or accepts none of the keys. */
  | { kind: Unavailable["why"]; waitMs: number }
  | { kind: "usable" };

export interface Pool {
  /** A key that has not been tried. Undefined when none may be used now. */
  choose(facts: RoutingFacts, tried: Tried): Choice | undefined;
  availability(facts: RoutingFacts): PoolAvailability;
  /** What a probe is to find out about this key, if anything. */
  probeReason(key: PoolKey): ProbeReason | undefined;
  probed(key: PoolKey, outcome: Outcome): void;
  isUsable(key: PoolKey): boolean;
  /** Whether OpenAI rejects every key: it knows none of them, or their accounts may spend no more. */
  areAllRejected(): boolean;
}

/** A key that was chosen for one request. */
export interface Choice {
  key: PoolKey;
  /** To be called once; `counts` is false where the request's failure was counted against this key already. */
  report(outcome: Outcome, counts: boolean): void;
}

// A class, so that requests in flight share its method.
class ChosenKey implements Choice {
  readonly key: PoolKey;
  readonly #state: KeyState;
  readonly #request: RequestInFlight;

  constructor(key: PoolKey, state: KeyState, facts: RoutingFacts) {
    this.key = key;
    this.#state = state;
    this.#request = state.begin(facts);
  }

  report(outcome: Outcome, counts: boolean): void {
    this.#state.end(this.#request, outcome, counts);
  }
}

export const createPool = (keys: readonly PoolKey[], { clock, random, onChange }: PoolPorts): Pool => {
  const states = new Map(
    keys.map((key) => [key, createKeyState(clock.monotonic, (change) => onChange(key, change))]),
  );
  const stateOf = (key: PoolKey): KeyState => states.get(key) as KeyState;
  const candidates = (facts: RoutingFacts): Candidate[] =>
    keys
      .filter((key) => hasModel(key, facts.model))
      .map((key) => ({ key, availability: stateOf(key).availability(facts) }));

  const find = (facts: RoutingFacts, tried: Tried): PoolKey | undefined => {
    const all = candidates(facts);
    const usable = all.filter(({ availability: { kind } }) => kind !== "panic" && kind !== "unavailable");
    // While a key is left that may be used, one that is out helps no request.
    if (usable.every(({ key }) => tried.get(key.name) === "refused")) return leastBad(all, tried);
    const untried = usable.filter(({ key }) => !tried.has(key.name));
    const keysThatAre = (kind: Availability["kind"]) =>
      untried.filter(({ availability }) => availability.kind === kind).map(({ key }) => key);
    const best = (some: readonly PoolKey[]) => bestOf(some, (key) => stateOf(key).expectedMs(facts), random);
    const available = keysThatAre("available");
    // One request tries a suspected key before the others have to, unless a healthy key has a higher priority.
    const trial = keysThatAre("trial").find(({ priority }) =>
      available.every((key) => priority >= key.priority),
    );
    return trial ?? best(available) ?? best(untried.map(({ key }) => key));
  };

  return {
    choose: (facts, tried) => {
      const key = find(facts, tried);
      return key && new ChosenKey(key, stateOf(key), facts);
    },
    availability: (facts) => {
      const all = candidates(facts).map(({ availability }) => availability);
      if (all.length === 0) return { kind: "no-key-has-model" };
      const unavailable = all.filter((availability) => availability.kind === "unavailable");
      if (unavailable.length < all.length) return { kind: "usable" };
      const waitMs = Math.min(...unavailable.map((each) => each.waitMs));
      const reasons = new Set(unavailable.map(({ why }) => why));
      const kind = (["limited", "away"] as const).find((each) => reasons.has(each)) ?? "refused";
      return { kind, waitMs };
    },
    probeReason: (key) => stateOf(key).probeReason(),
    probed: (key, outcome) => stateOf(key).probed(outcome),
    isUsable: (key) => stateOf(key).isUsable(),
    areAllRejected: () => keys.every((key) => stateOf(key).isRejected()),
  };
};

interface Candidate {
  key: PoolKey;
  availability: Availability;
}

// Panic mode: where no key may be used, few requests try the one that is least likely to fail.
const leastBad = (all: readonly Candidate[], tried: Tried): PoolKey | undefined => {
  const badness = ({ availability }: Candidate) =>
    availability.kind === "panic" ? availability.badness : Number.POSITIVE_INFINITY;
  const [least] = all
    .filter((candidate) => Number.isFinite(badness(candidate)) && !tried.has(candidate.key.name))
    .sort((one, other) => badness(one) - badness(other));
  return least?.key;
};

const hasModel = ({ models }: PoolKey, model: string | undefined): boolean =>
  models === undefined || model === undefined || namesModel(models, model);

/** How much less loaded the second has to be, so that weights decide as long as no key is slow. */
const CLEARLY_LESS = 0.5;

/** The power of two choices: two of the highest priority are drawn by weight; the second needs to be clearly less loaded. */
const bestOf = (
  keys: readonly PoolKey[],
  loadOf: (key: PoolKey) => number,
  random: () => number,
): PoolKey | undefined => {
  const highest = Math.max(...keys.map(({ priority }) => priority));
  const equals = keys.filter(({ priority }) => priority === highest);
  const first = draw(equals, random);
  const second = draw(
    equals.filter((key) => key !== first),
    random,
  );
  return first && second && loadOf(second) < CLEARLY_LESS * loadOf(first) ? second : first;
};

const draw = (keys: readonly PoolKey[], random: () => number): PoolKey | undefined => {
  const total = keys.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  for (const key of keys) {
    left -= key.weight;
    if (left < 0) return key;
  }
  return keys.at(-1);
};

// The pool of upstream keys: of the healthy keys with the highest priority one by weight, but never the clearly slower of two.
import type { Clock } from "../clock.ts";
import type { KeyChange, ProbeReason, TokenChange, Unavailable } from "./key-state.ts";
import { namesModel } from "./model-names.ts";
import type { Outcome } from "./outcome.ts";
import { type Choice, ChosenKey, createMembers, type Member, type PoolKey } from "./pool-members.ts";
import type { RoutingFacts } from "./routing.ts";

export interface PoolPorts {
  clock: Pick<Clock, "monotonic">;
  /** 0 to 1. */
  random(): number;
  onChange(key: PoolKey, change: KeyChange): void;
}

/** Keys that a request has been tried with, and whether trying again may help. One that was replaced since has not been tried. */
export type Tried = ReadonlyMap<PoolKey, "failed" | "refused">;

/** Whether any key may be used for a request, and if not, why and when one may be. */
export type PoolAvailability =
  | { kind: "no-key-has-model" }
  /** OpenAI limits, cannot be reached, or accepts none of the keys. */
  | { kind: Unavailable["why"]; waitMs: number }
  | { kind: "usable" };

export interface Pool {
  /** Replaces all keys; there must be one. Requests in flight go on, and what is known of a key that stays is kept. */
  useKeys(keys: readonly PoolKey[]): void;
  /** A key that has not been tried. Undefined when none may be used now. */
  choose(facts: RoutingFacts, tried: Tried): Choice | undefined;
  availability(facts: RoutingFacts): PoolAvailability;
  /** What a probe is to find out about this key, if anything. */
  probeReason(key: PoolKey): ProbeReason | undefined;
  /** Without effect for a key that has gone, or was replaced since. */
  probed(key: PoolKey, outcome: Outcome): void;
  /** Another access token that was waited for, or none any more. */
  tokenChanged(key: PoolKey, change: TokenChange): void;
  isUsable(key: PoolKey): boolean;
  /** Requests that wait for their answer to begin. */
  inFlight(key: PoolKey): number;
  /** Whether OpenAI rejects every key: it knows none of them, or their accounts may spend no more. */
  areAllRejected(): boolean;
}

export const createPool = (keys: readonly PoolKey[], { clock, random, onChange }: PoolPorts): Pool => {
  const members = createMembers({ clock, onChange });
  members.use(keys);
  const stateOf = (key: PoolKey) => members.find(key)?.state;

  const find = (facts: RoutingFacts, tried: Tried): Member | undefined => {
    const untried: Record<"available" | "fallback" | "trial", Member[]> = {
      available: [],
      fallback: [],
      trial: [],
    };
    let isAnyLeft = false;
    for (const member of members.all()) {
      if (!hasModel(member.key, facts.model)) continue;
      const { kind } = member.state.availability(facts);
      if (kind === "panic" || kind === "unavailable") continue;
      const result = tried.get(member.key);
      if (result !== "refused") isAnyLeft = true;
      if (result === undefined) untried[kind].push(member);
    }
    // While a key is left that may be used, one that is out helps no request.
    if (!isAnyLeft) return leastBad(members.all(), facts, tried);
    const { available, fallback, trial } = untried;
    // One request tries a suspected key before the others have to, unless a healthy key has a higher priority.
    const tryNow = trial.find(({ key }) => available.every((other) => key.priority >= other.key.priority));
    return tryNow ?? bestOf(available.length > 0 ? available : fallback, facts, random);
  };

  return {
    useKeys: members.use,
    choose: (facts, tried) => {
      const member = find(facts, tried);
      return member && new ChosenKey(member, facts, clock.monotonic());
    },
    availability: (facts) => {
      const all = members
        .all()
        .filter(({ key }) => hasModel(key, facts.model))
        .map(({ state }) => state.availability(facts));
      if (all.length === 0) return { kind: "no-key-has-model" };
      const unavailable = all.filter((availability) => availability.kind === "unavailable");
      if (unavailable.length < all.length) return { kind: "usable" };
      const waitMs = Math.min(...unavailable.map((each) => each.waitMs));
      const reasons = new Set(unavailable.map(({ why }) => why));
      const kind = (["limited", "away"] as const).find((each) => reasons.has(each)) ?? "refused";
      return { kind, waitMs };
    },
    probeReason: (key) => stateOf(key)?.probeReason(),
    tokenChanged: (key, change) => stateOf(key)?.tokenChanged(change),
    probed: (key, outcome) => stateOf(key)?.probed(outcome),
    isUsable: (key) => stateOf(key)?.isUsable() ?? false,
    inFlight: (key) => stateOf(key)?.inFlight() ?? 0,
    areAllRejected: () => members.all().every(({ state }) => state.isRejected()),
  };
};

// Panic mode: where no key may be used, few requests try the one that is least likely to fail.
const leastBad = (members: readonly Member[], facts: RoutingFacts, tried: Tried): Member | undefined => {
  let least: Member | undefined;
  let leastBadness = Number.POSITIVE_INFINITY;
  for (const member of members) {
    const { key, state } = member;
    if (!hasModel(key, facts.model) || tried.has(key)) continue;
    const availability = state.availability(facts);
    if (availability.kind !== "panic" || availability.badness >= leastBadness) continue;
    least = member;
    leastBadness = availability.badness;
  }
  return least;
};

const hasModel = ({ models }: PoolKey, model: string | undefined): boolean =>
  models === undefined || model === undefined || namesModel(models, model);

/** How much less loaded the second has to be, so that weights decide as long as no key is slow. */
const CLEARLY_LESS = 0.5;

/** The power of two choices: two of the highest priority are drawn by weight; the second needs to be clearly less loaded. */
const bestOf = (
  members: readonly Member[],
  facts: RoutingFacts,
  random: () => number,
): Member | undefined => {
  const highest = Math.max(...members.map(({ key }) => key.priority));
  const equals = members.filter(({ key }) => key.priority === highest);
  const first = draw(equals, random);
  if (!first || equals.length === 1) return first;
  const others = equals.filter((member) => member !== first);
  const second = draw(others, random) as Member;
  return second.state.expectedMs(facts) < CLEARLY_LESS * first.state.expectedMs(facts) ? second : first;
};

const draw = (members: readonly Member[], random: () => number): Member | undefined => {
  const total = members.reduce((sum, { key }) => sum + key.weight, 0);
  let left = random() * total;
  for (const member of members) {
    left -= member.key.weight;
    if (left < 0) return member;
  }
  return members.at(-1);
};

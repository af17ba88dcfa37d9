// A pool of keys with a clock and chance of the test's own.

import type { KeyChange } from "../../server/upstream/key-state.ts";
import type { Outcome } from "../../server/upstream/outcome.ts";
import { createPool } from "../../server/upstream/pool.ts";
import type { PoolKey } from "../../server/upstream/pool-members.ts";
import type { RoutingFacts } from "../../server/upstream/routing.ts";
import type { UpstreamAccount } from "../../server/upstream/upstream.ts";

const unused = (): never => {
  throw new Error("the test does not ask OpenAI");
};
export const unusedAccount: UpstreamAccount = {
  mint: unused,
  relay: unused,
  moderate: unused,
  probe: unused,
  createCall: unused,
  hangUp: unused,
  joinCall: unused,
  openCarried: unused,
};

export const poolKey = (name: string, more: Partial<PoolKey> = {}): PoolKey => ({
  name,
  place: "https://api.openai.com/v1",
  priority: 0,
  weight: 1,
  models: undefined,
  token: { isAvailable: () => true, rejected: () => {} },
  account: unusedAccount,
  ...more,
});

export const mintOf = (callerId: string, more: Partial<RoutingFacts> = {}): RoutingFacts => ({
  family: "mints",
  endpoint: "write client_secrets",
  model: "gpt-realtime-2.1",
  callerId,
  ...more,
});

export const chatOf = (callerId: string, more: Partial<RoutingFacts> = {}): RoutingFacts =>
  mintOf(callerId, { family: "models", endpoint: "write chat", model: "gpt-5-mini", ...more });

export const answered = (latencyMs = 100): Outcome => ({ kind: "answered", latencyMs });
export const gateway: Outcome = { kind: "failed", how: "gateway" };
export const unreachable: Outcome = { kind: "failed", how: "connection" };

export const poolOf = (keys: PoolKey[]) => {
  let now = 0;
  let seed = 1;
  const changes: [key: string, change: KeyChange["kind"]][] = [];
  const random = () => {
    // A linear congruential generator: the same numbers each time.
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const pool = createPool(keys, {
    clock: { monotonic: () => now },
    random,
    onChange: ({ name }, { kind }) => changes.push([name, kind]),
  });
  const keyOf = (name: string) => keys.find((each) => each.name === name) as PoolKey;
  const choose = (facts: RoutingFacts = mintOf("a"), failed: string[] = [], refused: string[] = []) =>
    pool.choose(
      facts,
      new Map([
        ...failed.map((name): [PoolKey, "failed"] => [keyOf(name), "failed"]),
        ...refused.map((name): [PoolKey, "refused"] => [keyOf(name), "refused"]),
      ]),
    );
  /** Uses a key of the pool once, and reports the outcome; answers the key's name. */
  const once = (
    facts: RoutingFacts,
    outcomeOf: Outcome | ((name: string) => Outcome) = answered(),
  ): string => {
    const choice = choose(facts);
    if (!choice) return "none";
    const { name } = choice.key;
    choice.report(typeof outcomeOf === "function" ? outcomeOf(name) : outcomeOf, true);
    return name;
  };
  return {
    pool,
    changes,
    choose,
    once,
    pass: (ms: number) => {
      now += ms;
    },
    /** What a probe finds. */
    probe: (name: string, outcome: Outcome) => pool.probed(keyOf(name), outcome),
    check: (name: string) => pool.probeReason(keyOf(name)),
    isUsable: (name: string) => pool.isUsable(keyOf(name)),
    /** How often each key was used in that many requests with these outcomes. */
    use: (
      times: number,
      outcomeOf: Outcome | ((name: string) => Outcome) = answered(),
      facts = mintOf("a"),
    ): Record<string, number> => {
      const used: Record<string, number> = {};
      for (let index = 0; index < times; index += 1) {
        const name = once(facts, outcomeOf);
        used[name] = (used[name] ?? 0) + 1;
      }
      return used;
    },
    /** Several callers find the key away, and a probe proves it. */
    takeOut: (name: string, facts = mintOf("a")) => {
      const others = keys.map((each) => each.name).filter((each) => each !== name);
      for (const callerId of ["a", "b", "c"]) {
        choose({ ...facts, callerId }, others)?.report(unreachable, true);
      }
      pool.probed(keyOf(name), unreachable);
    },
  };
};

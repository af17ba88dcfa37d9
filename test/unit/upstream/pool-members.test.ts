// Keys that are replaced while requests are in flight.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../server/upstream/outcome.ts";
import type { Choice, PoolKey } from "../../../server/upstream/pool-members.ts";
import { answered, gateway, mintOf, poolKey, poolOf, unreachable } from "../../support/pool.ts";

const invalid: Outcome = { kind: "key-invalid" };
/** Another account: the same key with another secret. */
const withSecret = (key: PoolKey, more: Partial<PoolKey> = {}): PoolKey => ({
  ...key,
  account: { ...key.account },
  ...more,
});

describe("a key with another secret", () => {
  const a = poolKey("a");

  it("is used again where OpenAI knew the old one no more, and what that still says is not held against it", () => {
    const { pool, choose, changes } = poolOf([a]);
    const late = choose() as Choice;
    choose()?.report(invalid, true);
    pool.probed(a, invalid);
    expect(pool.areAllRejected()).toBe(true);
    const next = withSecret(a);
    pool.useKeys([next]);
    expect([pool.isUsable(next), pool.areAllRejected()]).toEqual([true, false]);
    expect(changes.at(-1)).toEqual(["a", "replaced"]);
    late.report(invalid, true);
    pool.probed(a, invalid);
    expect(pool.isUsable(next)).toBe(true);
    expect(pool.inFlight(next)).toBe(0);
    pool.probed(next, invalid);
    expect(pool.isUsable(next)).toBe(false);
  });

  it("may be tried for a request that its old secret has failed", () => {
    const { pool } = poolOf([a]);
    const tried = new Map([[a, "refused" as const]]);
    expect(pool.choose(mintOf("w"), tried)).toBeUndefined();
    const next = withSecret(a);
    pool.useKeys([next]);
    expect(pool.choose(mintOf("w"), tried)?.key).toBe(next);
  });

  it("keeps what is known of the place, and the limits that OpenAI told", () => {
    const { pool, takeOut } = poolOf([a]);
    takeOut("a");
    const next = withSecret(a);
    pool.useKeys([next]);
    expect([pool.isUsable(next), pool.probeReason(next)]).toEqual([false, { kind: "open" }]);
    const limited = poolOf([a]);
    for (const caller of ["a", "b"])
      limited.choose(mintOf(caller))?.report({ kind: "limited", waitMs: 5000, hasRoom: false }, true);
    limited.pool.useKeys([withSecret(a)]);
    expect(limited.pool.availability(mintOf("w"))).toMatchObject({ kind: "limited" });
  });
});

it("the same key at another place begins anew, whatever becomes of requests at the old one", () => {
  const a = poolKey("a");
  const { pool, choose, changes } = poolOf([a]);
  const old = ["x", "y", "z"].map((caller) => choose(mintOf(caller)) as Choice);
  const moved = withSecret(a, { place: "https://eu.api.openai.com/v1" });
  pool.useKeys([moved]);
  for (const choice of old) choice.report(unreachable, true);
  expect(changes).toEqual([]);
  expect([pool.isUsable(moved), pool.inFlight(moved), pool.isUsable(a)]).toEqual([true, 0, false]);
});

it("a key of another weight only keeps its requests in flight", () => {
  const a = poolKey("a");
  const { pool, choose } = poolOf([a]);
  const choice = choose();
  const heavier = { ...a, weight: 5 };
  pool.useKeys([heavier, poolKey("b")]);
  expect(pool.inFlight(heavier)).toBe(1);
  choice?.report(answered(), true);
  expect(pool.inFlight(heavier)).toBe(0);
});

const outcomes: Outcome[] = [answered(), gateway, unreachable, invalid, { kind: "no-quota" }];
const names = ["a", "b", "c"];

type Step =
  | { do: "begin"; caller: string }
  | { do: "end"; which: number; outcome: Outcome }
  | { do: "use"; keys: { name: string; place: string; secret: boolean }[] };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("begin" as const), caller: fc.constantFrom("x", "y", "z") }),
    fc.record({ do: fc.constant("end" as const), which: fc.nat(50), outcome: fc.constantFrom(...outcomes) }),
    fc.record({
      do: fc.constant("use" as const),
      keys: fc.uniqueArray(
        fc.record({
          name: fc.constantFrom(...names),
          place: fc.constantFrom("here", "there"),
          secret: fc.boolean(),
        }),
        { minLength: 1, selector: ({ name }) => name },
      ),
    }),
  ),
  { maxLength: 60 },
);

it("whatever is replaced while requests are in flight, none hangs in a count, and each key that is left works", () => {
  fc.assert(
    fc.property(steps, (all) => {
      let keys = [poolKey("a")];
      const { pool } = poolOf(keys);
      const inFlight: Choice[] = [];
      for (const step of all) {
        if (step.do === "begin") {
          const choice = pool.choose(mintOf(step.caller), new Map());
          if (choice) inFlight.push(choice);
        } else if (step.do === "end") {
          inFlight.splice(step.which % Math.max(1, inFlight.length), 1)[0]?.report(step.outcome, true);
        } else {
          keys = step.keys.map(({ name, place, secret }) => {
            const before = keys.find((key) => key.name === name && key.place === place);
            if (!before) return poolKey(name, { place });
            return secret ? withSecret(before) : before;
          });
          pool.useKeys(keys);
        }
        const waiting = keys.reduce((sum, key) => sum + pool.inFlight(key), 0);
        expect(waiting).toBeLessThanOrEqual(inFlight.length);
      }
      for (const choice of inFlight) choice.report({ kind: "request-at-fault" }, true);
      expect(keys.map((key) => pool.inFlight(key))).toEqual(keys.map(() => 0));
      pool.useKeys(keys.map((key) => withSecret(key)));
      expect(pool.areAllRejected()).toBe(false);
    }),
    { numRuns: 500 },
  );
});

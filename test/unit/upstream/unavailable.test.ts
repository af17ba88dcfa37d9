// What a caller is told when no key could be tried, and when each that was tried failed.
import { describe, expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import type { Outcome } from "../../../server/upstream/outcome.ts";
import type { PoolAvailability } from "../../../server/upstream/pool.ts";
import { allKeysFailed, unavailable } from "../../../server/upstream/unavailable.ts";
import { UpstreamError, upstreamErrorOf } from "../../../server/upstream/upstream-error.ts";

it.each<[PoolAvailability, string, string, string | undefined]>([
  [{ kind: "no-key-has-model" }, "upstream-unavailable", "60", undefined],
  [{ kind: "limited", waitMs: 1500 }, "upstream-limited", "2", undefined],
  [{ kind: "away", waitMs: 1000 }, "upstream-unavailable", "1", "failed"],
  [{ kind: "refused", waitMs: 10_000 }, "upstream-unavailable", "10", undefined],
  [{ kind: "usable" }, "upstream-unavailable", "1", undefined],
])("%j", (availability, code, wait, outcome) => {
  const failure = unavailable(availability, { model: "m" });
  expect([failure.code, failure.headers["retry-after"]]).toEqual([code, wait]);
  expect(upstreamErrorOf(failure)?.outcome.kind).toBe(outcome);
  if (outcome)
    expect(failure.cause).toMatchObject({
      message: "OpenAI could not be reached",
      outcome: { how: "connection" },
    });
});

it("a long model name is told in part", () => {
  const { detail } = unavailable({ kind: "no-key-has-model" }, { model: "m".repeat(1000) });
  expect(detail).toBe(`No configured key has the model ${"m".repeat(64)}.`);
});

describe("when each key that was tried failed, the caller is told", () => {
  const failed = (outcome: Outcome): Failure =>
    new Failure("upstream-refused", undefined, { cause: new UpstreamError(outcome.kind, {}, outcome) });
  const limited = (waitMs: number) => failed({ kind: "limited", waitMs, hasRoom: false });
  const gateway = failed({ kind: "failed", how: "gateway" });
  const scopeMissing = failed({ kind: "scope-missing" });
  const refused = failed({ kind: "refused" });
  const usable: PoolAvailability = { kind: "usable" };

  it("of the last failure that is no fault of a key, as that may pass", () => {
    const later = failed({ kind: "failed", how: "error" });
    expect(allKeysFailed([gateway, later, limited(9000)], { kind: "limited", waitMs: 1 })).toBe(later);
    const own = new Failure("upstream-timeout");
    expect(allKeysFailed([refused, own], usable)).toBe(own);
  });

  it.each<[string, Failure[], PoolAvailability, string]>([
    ["of the shortest limit", [limited(9000), limited(4000), refused], usable, "4"],
    ["of the limit of keys that were not tried", [limited(9000)], { kind: "limited", waitMs: 2500 }, "3"],
    ["of their limit alone", [refused], { kind: "limited", waitMs: 7000 }, "7"],
    ["of no shorter wait because others are away", [limited(9000)], { kind: "away", waitMs: 1000 }, "9"],
    ["of a second at least", [limited(0)], usable, "1"],
  ])("%s", (_, failures, availability, wait) => {
    const failure = allKeysFailed(failures, availability);
    expect([failure.code, failure.headers["retry-after"]]).toEqual(["upstream-limited", wait]);
    expect(failure.cause).toBe(failures.at(-1)?.cause);
  });

  it("of the last one, where it neither passes nor lacks a permission", () => {
    expect(allKeysFailed([failed({ kind: "no-quota" }), refused], usable)).toBe(refused);
  });

  it.each<[string, PoolAvailability, string, string | undefined]>([
    ["a missing permission, while other keys may be used", usable, "upstream-scope-missing", undefined],
    [
      "a missing permission, where no other key has the model",
      { kind: "no-key-has-model" },
      "upstream-scope-missing",
      undefined,
    ],
    ["to come again, while the others are away", { kind: "away", waitMs: 1000 }, "upstream-unavailable", "1"],
    [
      "to come again, while the others are rejected",
      { kind: "refused", waitMs: 10_000 },
      "upstream-unavailable",
      "10",
    ],
  ])("%s", (_, availability, code, wait) => {
    const failure = allKeysFailed([scopeMissing, refused], availability);
    expect([failure.code, failure.headers["retry-after"]]).toEqual([code, wait]);
    expect(failure.cause).toBe(scopeMissing.cause);
  });
});

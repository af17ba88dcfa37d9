// The check of all keys at the start.
import { expect, it } from "vitest";
import { checkKeys } from "../../../server/upstream/key-check.ts";
import type { Outcome } from "../../../server/upstream/outcome.ts";
import { poolKey, unusedAccount } from "../../support/pool.ts";

const check = async (outcomes: Record<string, Outcome>) => {
  const lines: unknown[] = [];
  const out: string[] = [];
  const keys = Object.entries(outcomes).map(([name, outcome]) =>
    poolKey(name, { account: { ...unusedAccount, probe: async () => outcome } }),
  );
  await checkKeys(keys, new AbortController().signal, {
    pool: { probed: ({ name }) => void out.push(name) },
    log: { write: (...line) => void lines.push(line) },
    settingOf: (key) => `SECRET_OF_${key}`,
  });
  return { lines, out };
};

it("a key that OpenAI does not know is out; the pool tells of it", async () => {
  const invalid = { kind: "key-invalid" } as const;
  expect(await check({ good: { kind: "answered", latencyMs: 1 }, bad: invalid, worse: invalid })).toEqual({
    ...{ lines: [], out: ["bad", "worse"] },
  });
});

it.each<[Outcome, RegExp]>([
  [{ kind: "refused" }, /401 or 403/],
  [{ kind: "failed", how: "connection" }, /no connection; .*base URL/],
  [{ kind: "failed", how: "timeout" }, /no answer in time/],
  [{ kind: "failed", how: "error" }, /500/],
  [{ kind: "failed", how: "gateway" }, /502/],
])("a key whose probe ends with %j stays, and is named in a warning", async (outcome, reason) => {
  const { lines, out } = await check({ a: outcome });
  expect(out).toEqual([]);
  expect(lines).toEqual([
    [
      "warn",
      "upstream-key-unproven",
      { key: "a", setting: "SECRET_OF_a", reason: expect.stringMatching(reason) },
    ],
  ]);
});

it.each<Outcome>([
  { kind: "abandoned" },
  { kind: "no-quota" },
  { kind: "request-at-fault" },
  { kind: "scope-missing" },
  { kind: "limited", waitMs: 1, hasRoom: false },
])("%j says nothing about a key", async (outcome) => {
  expect(await check({ a: outcome })).toEqual({ lines: [], out: [] });
});

// Anchors are set at each midnight, and again a minute later where the database did not answer.
import { expect, it } from "vitest";
import { createAnchors } from "../../../server/audit/anchors.ts";
import { hashOf, type Link } from "../../../server/audit/chain.ts";
import { testSealer } from "../../support/audit.ts";
import { createTestTime } from "../../support/time.ts";

const DAY = 86_400_000;

const prepare = (retentionDays?: number) => {
  const time = createTestTime();
  const logs: string[] = [];
  const calls: string[] = [];
  const database = { isAway: false };
  const ask = (what: string): undefined => {
    calls.push(`${what} ${new Date(time.clock.now()).toISOString().slice(0, 16)}`);
    if (database.isAway) throw new Error("connection refused");
    return undefined;
  };
  const cancel = createAnchors({
    ...{ ...time, sealer: testSealer, retentionDays },
    log: { write: (_, event) => void logs.push(event) },
    store: {
      anchor: async () => ask("anchor"),
      expire: async (before) => ask(`expire before ${new Date(before).toISOString().slice(0, 10)},`),
    },
  }).everyDay();
  return { time, logs, calls, database, cancel };
};

it("anchors at each midnight (UTC), and ends when it is told", async () => {
  const { time, calls, cancel } = prepare();
  await time.pass(DAY / 2 - 1);
  expect(calls).toEqual([]);
  await time.pass(2 * DAY);
  expect(calls).toEqual(["anchor 2026-01-02T00:00", "anchor 2026-01-03T00:00"]);
  cancel();
  await time.pass(5 * DAY);
  expect(calls).toHaveLength(2);
  expect(time.pending()).toBe(0);
});

it("tries again each minute while the database is away, and says so", async () => {
  const { time, logs, calls, database } = prepare();
  database.isAway = true;
  await time.pass(DAY / 2 + 60_000);
  expect(logs).toEqual(["audit-not-anchored", "audit-not-anchored"]);
  database.isAway = false;
  await time.pass(DAY - 60_000);
  expect(calls.slice(-2)).toEqual(["anchor 2026-01-02T00:02", "anchor 2026-01-03T00:00"]);
});

it("deletes what is older than the retention after the day's anchor", async () => {
  const { time, calls } = prepare(30);
  await time.pass(DAY);
  expect(calls).toEqual(["anchor 2026-01-02T00:00", "expire before 2025-12-03, 2026-01-02T00:00"]);
});

it("tells the log number and hash of an anchor, so that they stand outside of the database", async () => {
  const logs: unknown[] = [];
  let added: Link | undefined;
  const heads = [{ chain: "a", number: 3, hash: hashOf("3") }];
  const anchors = createAnchors({
    ...{ ...createTestTime(), sealer: testSealer, retentionDays: undefined },
    log: { write: (level, event, fields) => void logs.push({ level, event, ...fields }) },
    store: {
      anchor: async (make) => {
        if (added) return undefined;
        added = make(undefined, heads);
        return added;
      },
      expire: async () => undefined,
    },
  });
  expect(await anchors.anchor()).toBe(true);
  expect(logs).toEqual([
    {
      ...{ level: "info", event: "audit-anchor", number: 1, hash: added?.hash },
      ...{ at: "2026-01-01T12:00:00.000Z", chains: 1 },
    },
  ]);
});

// What reports make of sums.
import { expect, it } from "vitest";
import type { Sums, SumsQuery } from "../../../server/ledger/books.ts";
import { costUsd, reportUsage } from "../../../server/ledger/usage-report.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";

const sums = (more: Partial<Sums>): Sums => ({
  ...{ group: { kind: "relay" }, periodAt: undefined, source: "metered", answered: 1, refused: 0, failed: 0 },
  ...{ aborted: 0, cacheHits: 0, quantities: noQuantities, costNanoUsd: 0, unpriced: 0 },
  ...more,
});
const query: SumsQuery = {
  ...{ since: 0, until: 1, by: ["user"], period: undefined, timeZone: "UTC", where: {} },
};
const report = (rows: Sums[]) => reportUsage({ sums: async () => rows }, query);

it("never adds up what was minted, metered and reported", async () => {
  const quantities = { ...noQuantities, textIn: 5 };
  const { total } = await report([
    sums({ costNanoUsd: 100, quantities }),
    sums({ source: "reported", group: { kind: "report" }, costNanoUsd: 7, quantities }),
    sums({ source: "minted", group: { kind: "mint" }, costNanoUsd: 0, unpriced: 1 }),
  ]);
  expect(total).toMatchObject({ minted: 1, relayed: 1, reports: 1 });
  expect(total.metered).toMatchObject({ costNanoUsd: 100, unpriced: 0, quantities: { textIn: 5 } });
  expect(total.reported).toMatchObject({ costNanoUsd: 7, quantities: { textIn: 5 } });
});

it("counts supervised sessions by their starts, and adds what they used to what was metered", async () => {
  const { total } = await report([
    sums({ group: { kind: "session" }, answered: 2 }),
    sums({ group: { kind: "voice" }, answered: 9, costNanoUsd: 40 }),
  ]);
  expect(total).toMatchObject({ sessions: 2, relayed: 0, metered: { costNanoUsd: 40 } });
});

it("tells an unknown cost from none", async () => {
  const cost = async (...rows: Partial<Sums>[]) => costUsd((await report(rows.map(sums))).total.metered);
  expect(await cost({})).toBe(0);
  expect(await cost({ unpriced: 1 })).toBe(null);
  expect(await cost({ unpriced: 1 }, { costNanoUsd: 2e9 })).toBe(2);
  expect(await cost({ costNanoUsd: 2e9 }, { unpriced: 1 })).toBe(2);
  expect(await cost({ unpriced: 1 }, { costNanoUsd: 0 })).toBe(null);
});

it("has a row for each group, the dearest first, then the busiest", async () => {
  const user = (name: string, more: Partial<Sums> = {}) =>
    sums({ group: { user: name, kind: "relay" }, ...more });
  const { rows } = await report([
    user("idle"),
    user("busy", { answered: 5 }),
    user("dear", { costNanoUsd: 9 }),
    user("idle", { source: "minted", group: { user: "idle", kind: "mint" } }),
  ]);
  expect(rows.map(({ group }) => group.user)).toEqual(["dear", "busy", "idle"]);
  expect(rows[2]).toMatchObject({ minted: 1, relayed: 1 });
});

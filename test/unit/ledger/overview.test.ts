// The figures of the operator's page, from the sums of the books.
import { expect, it } from "vitest";
import { sqlBooks } from "../../../server/ledger/books.sql.ts";
import { type OverviewQuery, readOverview } from "../../../server/ledger/overview.ts";
import type { UsageRecord } from "../../../server/ledger/record.ts";
import { createBooks } from "../../support/books.ts";
import { usageRecord } from "../../support/usage-records.ts";

const noon = Date.UTC(2026, 0, 1, 12);
const query: OverviewQuery = {
  ...{ since: noon - 86_400_000, until: noon + 86_400_000, timeZone: "UTC", where: {} },
  ...{ by: "user", period: "day", measure: "cost" },
};

const overviewOf = async (records: readonly UsageRecord[], more: Partial<OverviewQuery> = {}) => {
  await using books = await createBooks(records);
  return await readOverview(sqlBooks({ all: books.database.all }), { ...query, ...more });
};

it("tells minted, metered and reported figures apart, and adds none of them up", async () => {
  const { totals } = await overviewOf([
    usageRecord("relayed"),
    usageRecord("minted", { kind: "mint", source: "minted", costNanoUsd: undefined }),
    usageRecord("reported", { kind: "report", source: "reported", costNanoUsd: 5_000_000 }),
  ]);
  expect(totals).toMatchObject({ requests: 2, relayed: 1, keys: 1, reports: 1 });
  expect(totals).toMatchObject({ costNanoUsd: 1000, reportedNanoUsd: 5_000_000 });
  expect(totals).toMatchObject({ inputTokens: 10, outputTokens: 5, reportedTokens: 15, unpriced: 0 });
});

it("counts a supervised session as one request, whatever it says, and what it used as metered", async () => {
  const { totals } = await overviewOf([
    usageRecord("start", { kind: "session", costNanoUsd: 0 }),
    usageRecord("vs_1:resp_1", { kind: "voice" }),
    usageRecord("vs_1:resp_2", { kind: "voice" }),
  ]);
  expect(totals).toMatchObject({ requests: 1, sessions: 1, costNanoUsd: 2000 });
});

it("counts what was refused, failed and ended too early", async () => {
  const { totals } = await overviewOf([
    usageRecord("a", { status: 429, problem: "limit-exceeded", costNanoUsd: 0 }),
    usageRecord("b", { status: 502, problem: "upstream-unavailable", costNanoUsd: 0 }),
    usageRecord("c", { isAborted: true, costNanoUsd: undefined }),
  ]);
  expect(totals).toMatchObject({ requests: 3, refused: 1, failed: 1, aborted: 1, unpriced: 1 });
});

it("draws the six largest by themselves, and all together", async () => {
  const spends = [1, 2, 3, 4, 5, 6, 7, 8];
  const records = spends.map((spend) =>
    usageRecord(`r${spend}`, { caller: `user:${spend}`, costNanoUsd: spend * 1000 }),
  );
  const { groups, points, rows } = await overviewOf(records);
  expect(groups).toEqual(["user:8", "user:7", "user:6", "user:5", "user:4", "user:3"]);
  const day = Date.UTC(2026, 0, 1);
  expect(points).toContainEqual({ at: day, name: undefined, value: 36_000 });
  expect(points).toContainEqual({ at: day, name: "user:8", value: 8000 });
  expect(points.map(({ name }) => name)).not.toContain("user:2");
  expect(rows.map(({ name }) => name)).toHaveLength(8);
});

it("orders the table by what the chart shows", async () => {
  const records = [
    usageRecord("dear", { caller: "user:dear", costNanoUsd: 9000 }),
    usageRecord("busy-1", { caller: "user:busy" }),
    usageRecord("busy-2", { caller: "user:busy" }),
  ];
  const namesBy = async (measure: OverviewQuery["measure"]) =>
    (await overviewOf(records, { measure })).rows.map(({ name }) => name);
  expect(await namesBy("cost")).toEqual(["user:dear", "user:busy"]);
  expect(await namesBy("requests")).toEqual(["user:busy", "user:dear"]);
});

it("has no group and no latency where nothing happened", async () => {
  const overview = await overviewOf([]);
  expect(overview).toMatchObject({ groups: [], points: [], rows: [], rowsLeftOut: 0, latency: undefined });
});

it("keeps to the filters, also where they are by the dimension of the chart", async () => {
  const records = [usageRecord("a"), usageRecord("b", { caller: "user:bob", costNanoUsd: 7000 })];
  const { totals, groups } = await overviewOf(records, { where: { user: ["user:bob"] } });
  expect([totals.costNanoUsd, groups]).toEqual([7000, ["user:bob"]]);
});

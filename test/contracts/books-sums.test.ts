// Sums are read the same way from SQLite and from Postgres.
import { describe, expect } from "vitest";
import type { SumsQuery } from "../../server/ledger/books.ts";
import { databases } from "../support/databases.ts";
import { DAY, HOUR, mixed, NOON, onBooks, used } from "../support/kept-books.ts";

const everything: SumsQuery = {
  ...{ since: NOON - 90 * DAY, until: NOON + 90 * DAY },
  ...{ by: [], period: undefined, timeZone: "UTC", where: {} },
};

describe.each(databases)("%s", (name, open) => {
  const it = onBooks(name, open);

  it("adds up minted, metered and reported apart", mixed, async ({ sums }) => {
    const rows = await sums(everything);
    const told = rows.map(({ source, answered, costNanoUsd }) => [source, answered, costNanoUsd]);
    expect(told).toEqual([
      ["metered", 4, 12_100],
      ["reported", 1, 9000],
      ["minted", 1, 0],
    ]);
    expect(rows[0]).toMatchObject({ refused: 1, failed: 1, aborted: 1, cacheHits: 1, unpriced: 1 });
    expect(rows[0]?.quantities).toMatchObject({ textIn: 60, textOut: 30, audioIn: 0 });
  });

  it(
    "groups by what is asked, the dearest first, and names nothing where there is nothing",
    mixed,
    async ({ sums }) => {
      const metered = async (by: SumsQuery["by"]) =>
        (await sums({ ...everything, by, where: { kind: ["relay"] } })).map(({ group, costNanoUsd }) => [
          ...Object.values(group),
          costNanoUsd,
        ]);
      expect(await metered(["user"])).toEqual([
        ["user:bob", 7000],
        ["user:alice", 5100],
      ]);
      expect(await metered(["team"])).toEqual(
        [
          ["blue", 7000],
          ["red", 5100],
          ["", 0],
        ].sort((a, b) => Number(b[1]) - Number(a[1])),
      );
      expect(await metered(["user", "model"])).toContainEqual(["user:alice", "small", 100]);
    },
  );

  it("shows only what is asked for", mixed, async ({ sums }) => {
    const cost = async (where: SumsQuery["where"]) =>
      (await sums({ ...everything, where })).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0);
    expect(await cost({ user: ["user:bob"], model: ["large"] })).toBe(7000);
    expect(await cost({ model: ["large", "small"] })).toBe(12_100);
    expect(await cost({ user: ["x'; drop table usage_days; --"] })).toBe(0);
    expect(await cost({ team: [] })).toBe(0);
    expect(await cost({})).toBe(21_100);
  });

  const hours = [-50, -49, -36, -25, -1, 0, 1, 11, 12, 13, 36, 60].map((hour) =>
    used(NOON + hour * HOUR, { costNanoUsd: 1000 + hour }),
  );

  it("adds up whole days and the hours around them to the same as hours alone", hours, async ({ sums }) => {
    for (const [since, until] of [
      [NOON - 50 * HOUR, NOON + 60 * HOUR],
      [NOON - 36 * HOUR, NOON + 36 * HOUR - 1],
      [NOON - 12 * HOUR, NOON + 12 * HOUR - 1],
      [NOON, NOON],
    ] as const) {
      const range = { ...everything, since, until };
      const [whole] = await sums(range);
      const each = await sums({ ...range, period: "hour" });
      const days = await sums({ ...range, period: "day" });
      const total = hours
        .filter(({ at }) => at >= since && at <= until)
        .reduce((sum, { costNanoUsd = 0 }) => sum + costNanoUsd, 0);
      const sum = (rows: typeof each) => rows.reduce((all, { costNanoUsd }) => all + costNanoUsd, 0);
      expect([whole?.costNanoUsd ?? 0, sum(each), sum(days)]).toEqual([total, total, total]);
    }
  });

  it(
    "has the days of a time zone begin where they do there, also when clocks change",
    hours,
    async ({ sums }) => {
      const rows = await sums({ ...everything, period: "day", timeZone: "Europe/Vienna" });
      expect(rows.map(({ periodAt = 0, answered }) => [new Date(periodAt).toISOString(), answered])).toEqual([
        ["2026-10-22T22:00:00.000Z", 2],
        ["2026-10-23T22:00:00.000Z", 2],
        // 25 hours long.
        ["2026-10-24T22:00:00.000Z", 3],
        ["2026-10-25T23:00:00.000Z", 3],
        ["2026-10-26T23:00:00.000Z", 1],
        ["2026-10-27T23:00:00.000Z", 1],
      ]);
      const utc = await sums({ ...everything, period: "day" });
      expect(utc.map(({ periodAt }) => (periodAt ?? 1) % DAY)).toEqual(utc.map(() => 0));
    },
  );
});

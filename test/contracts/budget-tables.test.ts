// What budgets keep in the database, in SQLite and in Postgres.
import { describe, expect, it } from "vitest";
import { sqlAlertLog } from "../../server/budgets/alert-log.sql.ts";
import type { RaisedAlert } from "../../server/budgets/alert-log.ts";
import { sqlAmounts } from "../../server/budgets/saved-amounts.sql.ts";
import { databases } from "../support/databases.ts";

const amount = (account: string, replica: string, spent: number, endsAt = 1000) => ({
  account,
  replica,
  endsAt,
  spent,
});
const alert = (threshold: RaisedAlert["threshold"]): RaisedAlert => ({
  ...{ account: "daily|requests|day|0|token:alice", threshold },
  event: {
    ...{ kind: "budget-reached", at: 5, budget: "daily", subject: "token:alice", threshold },
    ...{ unit: "requests", used: 8, limit: 10, renewsAt: 1000 },
  },
});

describe.each(databases)("%s", (_, open) => {
  it("keeps what each replica has spent, the newest of each, however large", async () => {
    await using opened = await open();
    const amounts = sqlAmounts(opened.database);
    await amounts.save([amount("a", "one", 5), amount("a", "other", 7)]);
    await amounts.save([amount("a", "one", 9_000_000_000_000_000), amount("a", "other", 6)]);
    expect((await amounts.load(0)).sort((one, other) => other.spent - one.spent)).toEqual([
      amount("a", "one", 9_000_000_000_000_000),
      amount("a", "other", 7),
    ]);
  });

  it("takes many at once", async () => {
    await using opened = await open();
    const amounts = sqlAmounts(opened.database);
    const many = Array.from({ length: 123 }, (__, index) => amount(`account ${index}`, "one", index + 1));
    await amounts.save(many);
    expect((await amounts.load(0)).length).toBe(123);
  });

  it("loads running periods, and forgets old ones", async () => {
    await using opened = await open();
    const amounts = sqlAmounts(opened.database);
    await amounts.save([amount("old", "one", 1, 10), amount("new", "one", 1, 20)]);
    expect((await amounts.load(10)).map(({ account }) => account)).toEqual(["new"]);
    await amounts.forget(20);
    expect((await amounts.load(0)).map(({ account }) => account)).toEqual(["new"]);
  });

  it("gives an alert to one of many who claim it at once", async () => {
    await using opened = await open();
    const log = sqlAlertLog(opened.database);
    const claims = await Promise.all(Array.from({ length: 10 }, () => log.claim(alert(80), 1000, 5)));
    expect(claims.filter(Boolean).length).toBe(1);
    expect(await log.claim(alert(90), 1000, 5)).toBe(true);
    const { account } = alert(90);
    expect(await log.raised(999)).toEqual([{ account, endsAt: 1000, threshold: 90 }]);
    expect(await log.raised(1000)).toEqual([]);
  });

  it("gives an alert that was not delivered to one who takes over, and to no one again too soon", async () => {
    await using opened = await open();
    const log = sqlAlertLog(opened.database);
    for (const threshold of [80, 90] as const) await log.claim(alert(threshold), 1000, 5);
    await log.delivered(alert(80), 6);
    expect(await log.reclaim(5, 10)).toEqual([]);
    const [one, other] = await Promise.all([log.reclaim(6, 10), log.reclaim(6, 10)]);
    expect([...one, ...other]).toEqual([alert(90)]);
    expect(await log.reclaim(10, 11)).toEqual([]);
  });
});

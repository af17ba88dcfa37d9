// Keeping what was spent in the database.
import { expect, it } from "vitest";
import { amountKeeper } from "../../../server/budgets/keep-amounts.ts";
import { LocalAmounts } from "../../../server/budgets/local-amounts.ts";
import { sqlAmounts } from "../../../server/budgets/saved-amounts.sql.ts";
import { openSqlite } from "../../../server/store/database.sqlite.ts";
import type { Database } from "../../../server/store/database.ts";
import { loadMigrations } from "../../../server/store/migrations.fs.ts";
import { charge, NOON } from "../../support/budget-charges.ts";
import { createTestTime } from "../../support/time.ts";

const DAY = 86_400_000;

const replica = async (database: Database, name: string, time = createTestTime(NOON)) => {
  const local = new LocalAmounts();
  const logs: string[] = [];
  const keeper = amountKeeper({
    ...{ local, saved: sqlAmounts(database), shared: undefined, replica: name, ...time },
    log: { write: (_, msg) => void logs.push(msg) },
  });
  await keeper.start();
  const each = charge(1);
  const spend = (spent: number): void => {
    local.hold([each]);
    local.settle([each], [spent]);
  };
  return { local, keeper, logs, time, spend, spent: () => local.state(each.account).spent };
};
const open = (): Promise<Database> => openSqlite(":memory:", loadMigrations("sqlite"));

it("what was spent a second ago survives a process that is killed", async () => {
  const database = await open();
  const killed = await replica(database, "killed");
  killed.spend(3);
  await killed.time.pass(1000);
  killed.spend(4);
  expect((await replica(database, "next")).spent()).toBe(3);
});

it("a process that is stopped saves all", async () => {
  const database = await open();
  const stopped = await replica(database, "stopped");
  stopped.spend(3);
  await stopped.keeper.stop();
  expect((await replica(database, "next")).spent()).toBe(3);
  expect(stopped.time.pending()).toBe(0);
});

it("several processes add up, each its own", async () => {
  const database = await open();
  for (const name of ["one", "two", "three"]) {
    const each = await replica(database, name);
    each.spend(2);
    await each.keeper.stop();
  }
  expect((await replica(database, "four")).spent()).toBe(6);
});

it("a database that does not answer is told once, and gets all of it later", async () => {
  const database = await open();
  let isAway = false;
  const transaction: Database["transaction"] = (work) =>
    isAway ? Promise.reject(new Error("away")) : database.transaction(work);
  const { spend, time, logs } = await replica({ ...database, transaction }, "one");
  isAway = true;
  for (let second = 0; second < 3; second += 1) {
    spend(1);
    await time.pass(1000);
  }
  expect(logs).toEqual(["budgets-unsaved"]);
  isAway = false;
  await time.pass(1000);
  expect(logs).toEqual(["budgets-unsaved", "budgets-saved-again"]);
  expect((await replica(database, "next")).spent()).toBe(3);
});

it("what has ended is forgotten here, and after five weeks there", async () => {
  const database = await open();
  const { local, spend, time } = await replica(database, "one");
  spend(1);
  await time.pass(13 * 3_600_000);
  expect([...local.entries()]).toEqual([]);
  const saved = sqlAmounts(database);
  expect((await saved.load(0)).length).toBe(1);
  const later = createTestTime(NOON + 40 * DAY);
  await replica(database, "two", later);
  await later.pass(1000);
  expect(await saved.load(0)).toEqual([]);
});

// Alerts: each threshold once, whatever goes wrong in between.
import { describe, expect, it } from "vitest";
import { sqlAlertLog } from "../../../server/budgets/alert-log.sql.ts";
import type { RaisedAlert } from "../../../server/budgets/alert-log.ts";
import { createAlerts } from "../../../server/budgets/alerts.ts";
import { LocalAmounts } from "../../../server/budgets/local-amounts.ts";
import type { BrokerEvent } from "../../../server/observe/event.ts";
import { openSqlite } from "../../../server/store/database.sqlite.ts";
import type { Database } from "../../../server/store/database.ts";
import { loadMigrations } from "../../../server/store/migrations.fs.ts";
import { charge, NOON } from "../../support/budget-charges.ts";
import { createTestTime } from "../../support/time.ts";

const open = (): Promise<Database> => openSqlite(":memory:", loadMigrations("sqlite"));

/** A replica over that database. */
const replica = (
  database: Pick<Database, "all" | "run">,
  deliver: (alert: RaisedAlert) => Promise<void> = async () => {},
) => {
  const local = new LocalAmounts();
  const time = createTestTime(NOON);
  const events: BrokerEvent[] = [];
  const logs: string[] = [];
  const delivered: number[] = [];
  const alerts = createAlerts({
    ...{ local, alertLog: sqlAlertLog(database), ...time },
    emit: (event) => void events.push(event),
    log: { write: (_, msg) => void logs.push(msg) },
    deliver: async (alert) => {
      await deliver(alert);
      delivered.push(alert.threshold);
    },
  });
  const { account } = charge();
  const spend = async (spent: number): Promise<void> => {
    local.hear(account, { spent, held: 0 });
    alerts.check(account);
    await time.pass(0);
  };
  const told = () => events.map((event) => event.kind === "budget-reached" && event.threshold);
  return { alerts, time, spend, told, logs, delivered };
};

it("one is told when it is reached, and not again", async () => {
  const { spend, told } = replica(await open());
  for (const spent of [7, 8, 8, 9, 10, 12]) await spend(spent);
  expect(told()).toEqual([80, 90, 100]);
});

it("of those that are passed at once, the highest is told, and the others by no other replica", async () => {
  const database = await open();
  const [one, other] = [replica(database), replica(database)];
  await one.spend(9);
  await other.spend(8);
  expect([one.told(), other.told()]).toEqual([[90], []]);
});

it("replicas that notice at the same time tell once", async () => {
  const database = await open();
  const [one, other] = [replica(database), replica(database)];
  await Promise.all([one.spend(10), other.spend(10)]);
  expect([...one.told(), ...other.told()]).toEqual([100]);
});

it("while the database does not answer nothing is told, and then it is", async () => {
  const database = await open();
  let isAway = true;
  const run: Database["run"] = (...statement) =>
    isAway ? Promise.reject(new Error("away")) : database.run(...statement);
  const { spend, told, logs } = replica({ all: database.all, run });
  await spend(8);
  expect([told(), logs]).toEqual([[], ["budget-alert-not-raised"]]);
  isAway = false;
  await spend(8);
  expect(told()).toEqual([80]);
});

describe("an alert that its replica could not deliver", () => {
  it("is delivered by another one, later, and once", async () => {
    const database = await open();
    const lost = replica(database, () => Promise.reject(new Error("the webhook is down")));
    await lost.spend(8);
    expect(lost.delivered).toEqual([]);
    const others = [replica(database), replica(database)];
    const stops = others.map(({ alerts }) => alerts.takeOver());
    for (const { time } of others) await time.pass(60_000);
    expect(others.flatMap(({ delivered }) => delivered)).toEqual([]);
    for (const { time } of others) await time.pass(20 * 60_000);
    expect(others.flatMap(({ delivered }) => delivered)).toEqual([80]);
    for (const stop of stops) stop();
    expect(others.map(({ time }) => time.pending())).toEqual([0, 0]);
  });

  it("that was delivered is left alone", async () => {
    const database = await open();
    await replica(database).spend(8);
    const other = replica(database);
    const stop = other.alerts.takeOver();
    await other.time.pass(30 * 60_000);
    stop();
    expect(other.delivered).toEqual([]);
  });
});

// A session's time counts in its accounts, and ends it where their minutes are used up.
import { expect, it } from "vitest";
import type { EndReason } from "../../../../server/sessions/session.ts";
import { sqlSessionStore } from "../../../../server/sessions/store/session-store.sql.ts";
import type { SessionAccount } from "../../../../server/sessions/store/session-store.ts";
import { minutesWatch } from "../../../../server/sessions/watchers/minutes-watch.ts";
import type { SessionControl } from "../../../../server/sessions/watchers/watcher.ts";
import { databases } from "../../../support/databases.ts";
import { NOON } from "../../../support/voice-session.ts";

const account = (given: Partial<SessionAccount>): SessionAccount => ({
  ...{ name: "calls|token:alice", atOnce: undefined, dayMs: undefined, monthMs: undefined },
  ...given,
});

const setUp = async (accounts: readonly SessionAccount[]) => {
  const [[, open]] = databases;
  const opened = await open();
  const store = sqlSessionStore(opened.database);
  const state = { now: NOON, isAway: false };
  const ends: EndReason[] = [];
  const addTime: typeof store.addTime = (...given) =>
    state.isAway ? Promise.reject(new Error("away")) : store.addTime(...given);
  const control = { end: (reason: EndReason) => void ends.push(reason) } as Partial<SessionControl>;
  const watcher = minutesWatch({ store: { addTime }, accounts, now: () => state.now })(
    control as SessionControl,
  );
  return {
    ...{ state, ends, watcher },
    pass: async (seconds: number) => {
      for (let each = 0; each < seconds; each += 1) {
        state.now += 1000;
        watcher.onTick?.(state.now);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    used: async () => (await store.addTime(["calls|token:alice"], state.now, 0))[0]?.dayMs,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
};

it("ends a session when the minutes of the day are used up", async () => {
  await using watched = await setUp([account({ dayMs: 60_000 })]);
  await watched.pass(55);
  expect(watched.ends).toEqual([]);
  await watched.pass(6);
  expect(watched.ends).toEqual(["minutes"]);
});

it("counts what is left when a session ends", async () => {
  await using watched = await setUp([account({ monthMs: 600_000 })]);
  await watched.pass(14);
  watched.watcher.close?.(true);
  expect(await watched.used()).toBe(14_000);
});

it("counts the time in which the database was away when it is back", async () => {
  await using watched = await setUp([account({ dayMs: 600_000 })]);
  watched.state.isAway = true;
  await watched.pass(25);
  watched.state.isAway = false;
  await watched.pass(10);
  expect(await watched.used()).toBeGreaterThanOrEqual(26_000);
});

it("asks the database nothing where no minutes are counted", async () => {
  await using watched = await setUp([account({ atOnce: 1 })]);
  await watched.pass(30);
  watched.watcher.close?.(true);
  expect(await watched.used()).toBe(0);
});

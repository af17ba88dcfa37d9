// Sessions are counted in their accounts the same way on SQLite and on Postgres, and across replicas.
import { describe, expect, it as test } from "vitest";
import { sqlSessionStore } from "../../server/sessions/store/session-store.sql.ts";
import type { SessionAccount, SessionStore } from "../../server/sessions/store/session-store.ts";
import { databases } from "../support/databases.ts";
import { NOON, voiceSession } from "../support/voice-session.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

const account = (name: string, limits: Partial<SessionAccount> = {}): SessionAccount => ({
  ...{ name, atOnce: undefined, dayMs: undefined, monthMs: undefined },
  ...limits,
});

describe.each(databases)("%s", (_, open) => {
  const it = (sentence: string, check: (store: SessionStore, another: SessionStore) => Promise<void>) =>
    test(sentence, async () => {
      await using opened = await open();
      await check(sqlSessionStore(opened.database), sqlSessionStore(opened.database));
    });

  it("lets in as many sessions at once as an account has room for, when many begin at once", async (store, another) => {
    const bookings = Array.from({ length: 12 }, (_, index) =>
      // Each names its accounts in another order, and none waits for another for ever.
      [store, another][index % 2]?.book(
        voiceSession({ id: `vs_${index}` }),
        index % 3 === 0
          ? [account("b"), account("a", { atOnce: 4 })]
          : [account("a", { atOnce: 4 }), account("b")],
      ),
    );
    const booked = await Promise.all(bookings);
    expect(booked.filter((each) => each?.booked)).toHaveLength(4);
    expect(booked.find((each) => !each?.booked)).toEqual({ booked: false, account: "a", limit: "at_once" });
    expect(await store.list({})).toHaveLength(4);
  });

  it("counts a session until it has ended, in its own accounts", async (store) => {
    const one = [account("alice", { atOnce: 1 })];
    const first = voiceSession({ id: "vs_1" });
    await store.book(first, one);
    expect(await store.book(voiceSession({ id: "vs_2" }), one)).toMatchObject({ booked: false });
    expect(await store.book(voiceSession({ id: "vs_3" }), [account("bob", { atOnce: 1 })])).toEqual({
      booked: true,
    });
    await store.change(first, { state: "ending" });
    expect(await store.book(voiceSession({ id: "vs_4" }), one)).toMatchObject({ booked: false });
    await store.change(first, { state: "ended", endedAt: NOON });
    expect(await store.book(voiceSession({ id: "vs_5" }), one)).toEqual({ booked: true });
  });

  it("says where a place becomes free, as the end of its session was asked for", async (store, another) => {
    const one = [account("alice", { atOnce: 1 })];
    const first = voiceSession({ id: "vs_1" });
    const full = { booked: false, account: "alice", limit: "at_once" };
    await store.book(first, one);
    expect(await store.book(voiceSession({ id: "vs_2" }), one)).toEqual(full);
    await store.requestEnd({ ids: ["vs_1"] }, "hung-up");
    expect(await another.book(voiceSession({ id: "vs_2" }), one)).toEqual({ ...full, isEnding: true });
    await store.change(first, { state: "ending" });
    expect(await another.book(voiceSession({ id: "vs_2" }), one)).toEqual(full);
  });

  it("refuses a session when one of its accounts is full, and counts it nowhere then", async (store) => {
    const [alice, everyone] = [account("alice", { atOnce: 5 }), account("everyone", { atOnce: 1 })];
    await store.book(voiceSession({ id: "vs_1" }), [everyone]);
    const refused = { booked: false, account: "everyone", limit: "at_once" };
    expect(await store.book(voiceSession({ id: "vs_2" }), [alice, everyone])).toEqual(refused);
    expect(await store.find("vs_2")).toBeUndefined();
  });

  it("refuses sessions once the minutes of the day or the month are used up, until the next begins", async (store) => {
    const today = [account("alice", { dayMs: 10 * MINUTE })];
    const month = [account("alice", { monthMs: 30 * MINUTE })];
    const at = (id: string, openedAt: number) => voiceSession({ id: `vs_${id}`, openedAt });
    await store.addTime(["alice"], NOON, 6 * MINUTE);
    expect(await store.book(at("1", NOON), today)).toEqual({ booked: true });
    const used = await store.addTime(["alice", "everyone"], NOON, 4 * MINUTE);
    expect(used).toEqual([
      { account: "alice", dayMs: 10 * MINUTE, monthMs: 10 * MINUTE },
      { account: "everyone", dayMs: 4 * MINUTE, monthMs: 4 * MINUTE },
    ]);
    const refused = { booked: false, account: "alice", limit: "minutes_per_day" };
    expect(await store.book(at("2", NOON), today)).toEqual(refused);
    expect(await store.book(at("3", NOON + DAY), today)).toEqual({ booked: true });
    await store.addTime(["alice"], NOON + DAY, 20 * MINUTE);
    expect(await store.book(at("4", NOON + DAY), month)).toMatchObject({ limit: "minutes_per_month" });
    expect(await store.book(at("5", NOON + 31 * DAY), month)).toEqual({ booked: true });
  });

  it("loses no time when many replicas add theirs at once, one of whose clocks is behind midnight", async (store, another) => {
    const midnight = NOON + DAY / 2;
    await store.addTime(["alice"], midnight, 1000);
    const added = Array.from({ length: 10 }, (_, index) =>
      [store, another][index % 2]?.addTime(["everyone", "alice"], midnight - (index % 2), 500),
    );
    await Promise.all(added);
    const [alice] = await store.addTime(["alice"], midnight, 0);
    // The late clock's are the day's before, and the month's all the same.
    expect(alice).toEqual({ account: "alice", dayMs: 3500, monthMs: 6000 });
  });

  it("forgets the minutes of past months", async (store) => {
    await store.addTime(["alice"], NOON, 1000);
    await store.sweep(NOON + 31 * DAY, NOON);
    expect(await store.addTime(["alice"], NOON + 31 * DAY, 5)).toEqual([
      { account: "alice", dayMs: 5, monthMs: 5 },
    ]);
  });
});

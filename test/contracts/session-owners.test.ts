// Which replica owns a session, and which of them live, are kept the same way on SQLite and on Postgres.
import { describe, expect, it as test } from "vitest";
import { sqlSessionStore } from "../../server/sessions/store/session-store.sql.ts";
import type { SessionStore } from "../../server/sessions/store/session-store.ts";
import { databases } from "../support/databases.ts";
import { NOON, noTotals, voiceSession } from "../support/voice-session.ts";

describe.each(databases)("%s", (_, open) => {
  const it = (sentence: string, check: (store: SessionStore) => Promise<void>) =>
    test(sentence, async () => {
      await using opened = await open();
      await check(sqlSessionStore(opened.database));
    });

  it("leaves the totals of a session that has ended meanwhile as they were at its end", async (store) => {
    await store.book(voiceSession({ state: "ended", totals: { ...noTotals, tokens: 9 } }), []);
    expect(await store.saveTotals([{ id: "vs_one", term: 1, activeAt: 0, totals: noTotals }])).toEqual([
      "vs_one",
    ]);
    expect((await store.find("vs_one"))?.totals.tokens).toBe(9);
  });

  it("tells what a replica owns, but for what is about to begin", async (store) => {
    const states = ["open", "ending", "ended", "opening"] as const;
    for (const state of states) await store.book(voiceSession({ id: state, state }), []);
    await store.book(voiceSession({ owner: "b" }), []);
    const owned = async (before: number) => (await store.owned("a", before)).map(({ id }) => id).sort();
    expect(await owned(NOON)).toEqual(["ending", "open"]);
    expect(await owned(NOON + 1)).toEqual(["ending", "open", "opening"]);
  });

  it("tells the last beats of those replicas that own open sessions", async (store) => {
    await store.book(voiceSession({ owner: "a" }), []);
    await store.book(voiceSession({ id: "vs_over", owner: "b", state: "ended" }), []);
    for (const replica of ["a", "b"]) await store.beat(replica, NOON);
    await store.beat("a", NOON - 5);
    expect(await store.beats()).toEqual([{ replica: "a", seenAt: NOON - 5 }]);
  });
});

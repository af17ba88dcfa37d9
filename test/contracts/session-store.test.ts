// Tickets and sessions are kept the same way on SQLite and on Postgres.
import { describe, expect, it as test } from "vitest";
import { sqlSessionStore } from "../../server/sessions/store/session-store.sql.ts";
import type { SessionStore, Ticket } from "../../server/sessions/store/session-store.ts";
import { databases } from "../support/databases.ts";
import { NOON, noTotals, voiceSession } from "../support/voice-session.ts";

const ticket: Ticket = {
  ...{ hash: "hash", sessionId: "vs_one", grantHash: "grant", tags: ["it's"], expiresAt: NOON + 60_000 },
  caller: { kind: "jwt", id: "jwt:1", issuer: "https://id.example", subject: "1", endsAt: NOON, roles: [] },
  keyRequest: { profile: "support", session: { instructions: "'; drop table tickets" } },
};

const idsOf = (sessions: readonly { id: string }[]) => sessions.map(({ id }) => id);

describe.each(databases)("%s", (_, open) => {
  // Several stores over one database are several replicas.
  const it = (sentence: string, check: (store: SessionStore, another: SessionStore) => Promise<void>) =>
    test(sentence, async () => {
      await using opened = await open();
      await check(sqlSessionStore(opened.database), sqlSessionStore(opened.database));
    });

  it("keeps a ticket as it was issued", async (store) => {
    await store.addTicket(ticket);
    expect(await store.findTicket("hash", NOON)).toEqual(ticket);
    expect(await store.findTicket("another", NOON)).toBeUndefined();
  });

  it("lets one of many use a ticket at once, on whichever replica", async (store, another) => {
    await store.addTicket(ticket);
    const all = [store, another, store, another, store].map((each, index) =>
      each.book(voiceSession({ id: `vs_${index}` }), [account("a", 1)], "hash"),
    );
    const gone = { booked: false, limit: "ticket" };
    const answers = await Promise.all(all);
    expect(answers.filter(({ booked }) => booked)).toHaveLength(1);
    expect(answers.filter(({ booked }) => !booked)).toEqual([gone, gone, gone, gone]);
    expect(await another.findTicket("hash", NOON)).toBeUndefined();
    expect(await store.list({})).toHaveLength(1);
  });

  it("keeps a ticket for which there is no room", async (store, another) => {
    await store.addTicket(ticket);
    const one = [account("a", 1)];
    await store.book(voiceSession({ id: "vs_1" }), one);
    const [session, full] = [voiceSession({ id: "vs_2" }), { booked: false, account: "a", limit: "at_once" }];
    expect(await store.book(session, one, "hash")).toEqual(full);
    expect(await another.findTicket("hash", NOON)).toEqual(ticket);
    await store.change(voiceSession({ id: "vs_1" }), { state: "ended" });
    expect(await another.book(session, one, "hash")).toEqual({ booked: true });
  });

  it("takes no ticket that has expired", async (store) => {
    await store.addTicket(ticket);
    const bookAt = (openedAt: number) => store.book(voiceSession({ openedAt }), [], "hash");
    expect(await bookAt(ticket.expiresAt)).toEqual({ booked: false, limit: "ticket" });
    expect(await store.findTicket("hash", ticket.expiresAt)).toBeUndefined();
    expect(await bookAt(ticket.expiresAt - 1)).toEqual({ booked: true });
  });

  it("keeps a session as it was booked, and finds it by its id, its call and its grant", async (store) => {
    const session = voiceSession({
      ...{ state: "ended", endedAt: NOON + 5, reason: "idle", endRequested: "operator", owner: undefined },
      caller: {
        kind: "user",
        id: "user:bob",
        name: "bob",
        profiles: ["a"],
        limits: {},
        tokenPrefix: "p",
        endsAt: 5,
        roles: ["x"],
      },
      totals: { ...noTotals, tokens: 12, costNanoUsd: 3e12, voiceSeconds: 1.25 },
      tags: ["a"],
    });
    await store.book(session, []);
    const found = [store.find("vs_one"), store.findByCall("rtc_one"), store.findByGrant("grant-one")];
    expect(await Promise.all(found)).toEqual([session, session, session]);
    const none = [store.find("rtc_one"), store.findByCall("vs_one"), store.findByGrant("")];
    expect(await Promise.all(none)).toEqual([undefined, undefined, undefined]);
  });

  it("changes a session within the term of its owner only, and forgets what a change leaves undefined", async (store) => {
    const session = voiceSession({ callId: undefined, upstreamKey: undefined, state: "opening" });
    await store.book(session, []);
    const change = { callId: "rtc_two", upstreamKey: "main", state: "open", owner: undefined } as const;
    expect(await store.change(session, change)).toBe(true);
    expect(await store.find("vs_one")).toEqual({ ...session, ...change });
    expect(await store.change({ id: "vs_one", term: 2 }, { state: "ended" })).toBe(false);
    expect(await store.change({ id: "vs_two", term: 1 }, { state: "ended" })).toBe(false);
    expect((await store.find("vs_one"))?.state).toBe("open");
  });

  it("lists the newest first, by caller, user, profile, id and whether they are open", async (store) => {
    const kind = { kind: "user", limits: {}, tokenPrefix: "p", profiles: undefined, roles: [] } as const;
    const caller = { ...kind, id: "user:bob", name: "bob", endsAt: undefined };
    await store.book(voiceSession({ id: "vs_1" }), []);
    await store.book(voiceSession({ id: "vs_2", caller, openedAt: NOON + 2 }), []);
    await store.book(
      voiceSession({ id: "vs_3", profile: "support", openedAt: NOON + 3, state: "ended" }),
      [],
    );
    const list = async (filter: Parameters<SessionStore["list"]>[0]) => idsOf(await store.list(filter));
    expect(await list({})).toEqual(["vs_3", "vs_2", "vs_1"]);
    expect(await list({ limit: 1 })).toEqual(["vs_3"]);
    expect(await list({ isOpen: true })).toEqual(["vs_2", "vs_1"]);
    expect(await list({ caller: "token:alice" })).toEqual(["vs_3", "vs_1"]);
    expect(await list({ user: "bob" })).toEqual(["vs_2"]);
    expect(await list({ user: "alice" })).toEqual([]);
    expect(await list({ profile: "support", isOpen: true })).toEqual([]);
    expect(await list({ ids: ["vs_1", "vs_2", "vs_9"], caller: "token:alice" })).toEqual(["vs_1"]);
    expect(await list({ ids: [] })).toEqual([]);
  });

  it("asks the owners of open sessions to end them, for the first reason given", async (store) => {
    await store.book(voiceSession({ id: "vs_1" }), []);
    await store.book(voiceSession({ id: "vs_2", state: "opening" }), []);
    await store.book(voiceSession({ id: "vs_3", owner: "b" }), []);
    await store.book(voiceSession({ id: "vs_4", state: "ended" }), []);
    expect(await store.requestEnd({ ids: ["vs_1"] }, "operator")).toBe(1);
    expect(await store.requestEnd({}, "user-disabled")).toBe(3);
    const requests = (await store.endRequests("a")).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(requests).toEqual([
      { id: "vs_1", reason: "operator" },
      { id: "vs_2", reason: "user-disabled" },
    ]);
    expect((await store.find("vs_4"))?.endRequested).toBeUndefined();
  });

  it("gives sessions whose owner is silent, or that have none, to one replica only", async (store, another) => {
    const old = Array.from({ length: 60 }, (_, index) =>
      voiceSession({ id: `vs_${index}`, owner: index === 4 ? undefined : "dead" }),
    );
    for (const session of old) await store.book(session, []);
    await store.book(voiceSession({ id: "vs_living", owner: "b" }), []);
    await store.book(voiceSession({ id: "vs_over", owner: "dead", state: "ended" }), []);
    await store.beat("dead", NOON + 1);
    await Promise.all([store.beat("a", NOON), another.beat("b", NOON)]);
    expect(idsOf(await store.adopt("a", { replica: "dead", seenAt: NOON }, 100))).toEqual(["vs_4"]);
    await store.change({ id: "vs_4", term: 2 }, { owner: undefined });
    const dead = { replica: "dead", seenAt: NOON + 1 };
    const all = [store, another, store, another].map((each, index) =>
      each.adopt(index % 2 ? "b" : "a", dead, 100),
    );
    const adopted = (await Promise.all(all)).flat();
    expect(idsOf(adopted).sort()).toEqual(idsOf(old).sort());
    for (const session of adopted) {
      expect(session.term).toBe(session.id === "vs_4" ? 3 : 2);
      expect(await store.find(session.id)).toEqual(session);
    }
    expect(await store.adopt("a", dead, 100)).toEqual([]);
  });

  it("does not take a replica's own sessions for lost, however late it is", async (store) => {
    await store.book(voiceSession({ id: "vs_own", owner: "a" }), []);
    await store.beat("a", NOON - 60_000);
    const gone = { replica: "a", seenAt: NOON - 60_000 };
    expect(await store.adopt("a", gone, 10)).toEqual([]);
    expect(idsOf(await store.adopt("b", gone, 10))).toEqual(["vs_own"]);
  });

  it("adopts no more at once than it is told, the oldest first", async (store) => {
    for (const id of [3, 1, 2]) await store.book(voiceSession({ id: `vs_${id}`, openedAt: NOON + id }), []);
    expect(idsOf(await store.adopt("b", undefined, 2)).sort()).toEqual(["vs_1", "vs_2"]);
    await store.beat("b", NOON);
    expect(idsOf(await store.adopt("c", undefined, 2))).toEqual(["vs_3"]);
  });

  it("saves what many sessions have used, and names those that have another owner", async (store) => {
    const sessions = Array.from({ length: 120 }, (_, index) => voiceSession({ id: `vs_${index}` }));
    for (const session of sessions) await store.book(session, []);
    const totals = { ...noTotals, responses: 2, tokens: 1234, costNanoUsd: 4.5e9 };
    const given = sessions.map(({ id }, index) => ({
      id,
      term: index === 70 ? 0 : 1,
      activeAt: NOON + index,
      totals,
    }));
    expect(await store.saveTotals(given)).toEqual(["vs_70"]);
    expect(await store.saveTotals([{ id: "vs_gone", term: 1, activeAt: 0, totals }])).toEqual(["vs_gone"]);
    expect(await store.find("vs_119")).toEqual(voiceSession({ id: "vs_119", activeAt: NOON + 119, totals }));
    expect(await store.find("vs_70")).toEqual(voiceSession({ id: "vs_70" }));
  });

  it("forgets tickets that have expired and sessions that ended long ago, and nothing else", async (store) => {
    await store.addTicket(ticket);
    await store.book(voiceSession({ id: "vs_1", state: "ended", endedAt: NOON - 1 }), [account("a")]);
    await store.book(voiceSession({ id: "vs_2", state: "ended", endedAt: NOON }), []);
    await store.book(voiceSession({ id: "vs_3" }), []);
    await store.sweep(ticket.expiresAt, NOON);
    expect(await store.findTicket("hash", NOON)).toBeUndefined();
    expect(idsOf(await store.list({})).sort()).toEqual(["vs_2", "vs_3"]);
  });
});

const account = (name: string, atOnce?: number) => ({ name, atOnce, dayMs: undefined, monthMs: undefined });

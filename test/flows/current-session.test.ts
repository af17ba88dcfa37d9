// How a page's session stands, once and as events, on a replica that does not have it.
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { readEvents } from "../support/event-stream.ts";
import { createKeptSessions, type KeptSessions } from "../support/kept-sessions.ts";
import { createTestTime } from "../support/time.ts";
import { NOON, noTotals } from "../support/voice-session.ts";

const yaml = `
callers:
  guests: loopback
  tokens: [{ name: alice, token: alice-0123456789 }, { name: bob, token: bob-0123456789ab }]
`;
const guest = { kind: "guest", id: `guest:${"0".repeat(64)}` } as const;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const brokerOver = (sessions: KeptSessions, time = createTestTime(NOON + 5000)) =>
  createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml, env: { DATABASE_URL: sessions.url }, ...time });

const follow = ({ url }: TestBroker, token: string) => readEvents(`${url}/sessions/current`, token);

it("tells a guest's page by its grant, without what it cost", async () => {
  await using sessions = await createKeptSessions();
  const totals = { ...noTotals, tokens: 7, costNanoUsd: 9 };
  const { grant } = await sessions.add({ id: "vs_guest", caller: guest, totals });
  await using broker = await brokerOver(sessions);
  const answer = await broker.fetch("/sessions/current", { headers: bearer(grant) });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await answer.json()).toEqual({
    ...{ id: "vs_guest", state: "open", reason: null, ends_at: "2026-01-01T13:00:00.000Z", seconds: 5 },
    tokens: 7,
  });
});

it("tells callers with credentials of their own of their newest session, with its cost", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({
    id: "vs_old",
    openedAt: NOON - 9000,
    state: "ended",
    endedAt: NOON,
    reason: "tokens",
  });
  await sessions.add({ id: "vs_new", totals: { ...noTotals, costNanoUsd: 2_000_000 } });
  await using broker = await brokerOver(sessions);
  const current = async (token: string) => broker.fetch("/sessions/current", { headers: bearer(token) });
  expect(await (await current("alice-0123456789")).json()).toMatchObject({ id: "vs_new", cost_usd: 0.002 });
  expect((await current("bob-0123456789ab")).status).toBe(404);
  expect((await current("bob-0123456789ac")).status).toBe(401);
});

it("knows no session by a grant that was never given, or has not begun one", async () => {
  await using sessions = await createKeptSessions();
  const { grant } = await sessions.add({ id: "vs_one" });
  await using broker = await brokerOver(sessions);
  const changed = grant.slice(0, -1) + (grant.endsWith("A") ? "Q" : "A");
  for (const token of [changed, "vg_short", `${grant}a`]) {
    const answer = await broker.fetch("/sessions/current", { headers: bearer(token) });
    expect([answer.status, (await answer.json()).type]).toEqual([404, "/problems/session-unknown"]);
  }
});

it("tells each change of state until the session has ended, though another replica has it", async () => {
  await using sessions = await createKeptSessions();
  const session = await sessions.add({ id: "vs_one", caller: guest, state: "opening" });
  const time = createTestTime(NOON + 5000);
  await using broker = await brokerOver(sessions, time);
  const { answer, next } = await follow(broker, session.grant);
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect(await next()).toMatchObject({
    event: "state",
    data: { id: "vs_one", state: "opening", reason: null },
  });
  await sessions.store.change(session, { state: "open", endsAt: NOON + 60_000 });
  await time.pass(1000);
  expect(await next()).toMatchObject({ data: { state: "open", ends_at: "2026-01-01T12:01:00.000Z" } });
  // Nothing new, then the end.
  await time.pass(1500);
  const end = { state: "ended", reason: "duration", endedAt: NOON + 60_000 } as const;
  await sessions.store.change(session, end);
  await time.pass(1000);
  expect(await next()).toMatchObject({ data: { state: "ended", reason: "duration", seconds: 60 } });
  expect(await next()).toBe(undefined);
});

it("says at once how a session ended that is over, and ends", async () => {
  await using sessions = await createKeptSessions();
  const over = { state: "ended", endedAt: NOON + 1000, reason: "moderation" } as const;
  const { grant } = await sessions.add({ id: "vs_one", ...over });
  await using broker = await brokerOver(sessions);
  const { next } = await follow(broker, grant);
  expect(await next()).toMatchObject({ data: { state: "ended", reason: "moderation" } });
  expect(await next()).toBe(undefined);
});

it("serves four streams of one session at most, and gives a place back", async () => {
  await using sessions = await createKeptSessions();
  const { grant } = await sessions.add({ id: "vs_one" });
  const time = createTestTime(NOON + 5000);
  await using broker = await brokerOver(sessions, time);
  const streams = [];
  for (let count = 0; count < 4; count += 1) streams.push(await follow(broker, grant));
  expect((await follow(broker, grant)).answer.status).toBe(503);
  await streams[0]?.stop();
  const again = async (): Promise<number> => {
    const { answer, stop } = await follow(broker, grant);
    await stop();
    return answer.status;
  };
  await expect.poll(again).toBe(200);
});

it("ends its streams when the service drains, so that pages ask another replica", async () => {
  await using sessions = await createKeptSessions();
  const { grant } = await sessions.add({ id: "vs_one" });
  const broker = await brokerOver(sessions);
  const { next } = await follow(broker, grant);
  expect(await next()).toMatchObject({ event: "state" });
  const stopped = broker.stop();
  expect(await next()).toBe(undefined);
  await stopped;
});

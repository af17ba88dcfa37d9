// Who is talking, and how that is ended: over HTTP, from any replica.
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { createKeptSessions, type KeptSessions } from "../support/kept-sessions.ts";
import { createTestTime } from "../support/time.ts";
import { NOON, noTotals } from "../support/voice-session.ts";

const yaml = `
callers:
  guests: loopback
  tokens:
    - { name: alice, token: alice-0123456789 }
    - { name: bob, token: bob-0123456789ab }
    - { name: olga, token: olga-0123456789a, roles: [operator] }
operators: { allow: [role:operator] }
`;
const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const [alice, bob, olga] = [as("alice-0123456789"), as("bob-0123456789ab"), as("olga-0123456789a")];
const bobs = { kind: "token", id: "token:bob", name: "bob", roles: [], team: "red" } as const;

const brokerOver = (sessions: KeptSessions, more: object = {}) =>
  createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml, env: { DATABASE_URL: sessions.url }, ...more });

const idsIn = async (answer: Response): Promise<string[]> =>
  (await answer.json()).sessions.map(({ id }: { id: string }) => id);

it("shows callers their own sessions, and operators all of them", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({ id: "vs_old", openedAt: NOON - 1000, state: "ended", endedAt: NOON, reason: "idle" });
  await sessions.add({ id: "vs_new" });
  await sessions.add({ id: "vs_bob", caller: bobs, profile: "sales", openedAt: NOON + 1 });
  await using broker = await brokerOver(sessions);
  const list = async (query: string, who: RequestInit) => idsIn(await broker.fetch(`/sessions${query}`, who));
  expect(await list("", alice)).toEqual(["vs_new", "vs_old"]);
  expect(await list("?open=true", alice)).toEqual(["vs_new"]);
  expect(await list("?caller=token:bob", alice)).toEqual(["vs_new", "vs_old"]);
  expect(await list("", olga)).toEqual(["vs_bob", "vs_new", "vs_old"]);
  expect(await list("?caller=token:alice&open=true", olga)).toEqual(["vs_new"]);
  expect(await list("?profile=sales", olga)).toEqual(["vs_bob"]);
  expect(await list("?limit=1", olga)).toEqual(["vs_bob"]);
});

it("tells how a session stands and what it cost, and nothing of instructions, grants or the key's secret", async () => {
  await using sessions = await createKeptSessions();
  const totals = { ...noTotals, responses: 2, tokens: 900, costNanoUsd: 12_000_000 };
  const { grantHash } = await sessions.add({ id: "vs_bob", caller: bobs, totals, tags: ["a"] });
  await using broker = await brokerOver(sessions, { ...createTestTime(NOON + 5000) });
  const own = await (await broker.fetch("/sessions/vs_bob", bob)).json();
  expect(own).toEqual({
    ...{ id: "vs_bob", state: "open", reason: null, seconds: 5, tokens: 900, user: "token:bob", team: "red" },
    ...{ profile: "default", model: "gpt-realtime-2.1", interface: "realtime", carriage: "webrtc" },
    ...{ supervision: "watch", opened_at: "2026-01-01T12:00:00.000Z", active_at: "2026-01-01T12:00:00.000Z" },
    ...{ ends_at: "2026-01-01T13:00:00.000Z", ended_at: null, responses: 2, voice_seconds: 0 },
    ...{ unseen_seconds: 0, cost_usd: 0.012, tags: ["a"] },
  });
  const operators = await (await broker.fetch("/sessions/vs_bob", olga)).text();
  expect(JSON.parse(operators)).toEqual({
    ...own,
    ...{ call_id: "rtc_one", upstream_key: "default", replica: "elsewhere" },
  });
  for (const hidden of ["Be kind", grantHash, "sk-"]) expect(operators).not.toContain(hidden);
});

it("ends a session for its caller, wherever it is", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({ id: "vs_mine" });
  await using broker = await brokerOver(sessions);
  const end = { method: "DELETE", ...alice };
  expect(await (await broker.fetch("/sessions/vs_mine", end)).json()).toEqual({ id: "vs_mine", ended: true });
  expect((await sessions.store.find("vs_mine"))?.endRequested).toBe("hung-up");
  const told = await (await broker.fetch("/sessions/vs_mine", alice)).json();
  expect(told).toMatchObject({ state: "open", reason: "hung-up" });
});

it("keeps another caller's session out of reach, and does not say that it exists", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({ id: "vs_bob", caller: bobs });
  await using broker = await brokerOver(sessions);
  for (const method of ["GET", "DELETE"]) {
    const [others, none] = await Promise.all(
      ["vs_bob", "vs_none"].map((id) => broker.fetch(`/sessions/${id}`, { method, ...alice })),
    );
    const [first, second] = [await others?.json(), await none?.json()];
    expect([first.status, first.type]).toEqual([404, "/problems/session-unknown"]);
    expect({ ...first, instance: "" }).toEqual({ ...second, instance: "" });
  }
  expect((await sessions.store.find("vs_bob"))?.endRequested).toBe(undefined);
});

it("lets operators end anyone's session, and writes down that they did", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({ id: "vs_bob", caller: bobs });
  await sessions.add({ id: "vs_over", state: "ended", endedAt: NOON, reason: "idle" });
  await using broker = await brokerOver(sessions);
  const end = (id: string) => broker.fetch(`/sessions/${id}`, { method: "DELETE", ...olga });
  expect(await (await end("vs_bob")).json()).toEqual({ id: "vs_bob", ended: true });
  expect(await (await end("vs_over")).json()).toEqual({ id: "vs_over", ended: false });
  expect((await sessions.store.find("vs_bob"))?.endRequested).toBe("operator");
});

it("refuses guests, of whom one address may have many", async () => {
  await using sessions = await createKeptSessions();
  await using broker = await brokerOver(sessions);
  for (const path of ["/sessions", "/sessions/vs_one", "/sessions/current"]) {
    const answer = await broker.fetch(path);
    expect([answer.status, (await answer.json()).type]).toEqual([403, "/problems/sessions-shared"]);
  }
});

it("points at what is wrong in a question", async () => {
  await using sessions = await createKeptSessions();
  await using broker = await brokerOver(sessions);
  const answer = await broker.fetch("/sessions?open=maybe&limit=0", olga);
  expect(answer.status).toBe(422);
  const { errors } = await answer.json();
  expect(errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(["/open", "/limit"]);
});

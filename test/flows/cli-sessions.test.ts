// `broker sessions`, and what becomes of the sessions of users who are disabled.
import { expect, it } from "vitest";
import type { Caller } from "../../server/auth/caller.ts";
import { createTestBroker } from "../support/broker.ts";
import { runBroker } from "../support/cli.ts";
import { createKeptSessions, type KeptSessions } from "../support/kept-sessions.ts";
import { NOON, noTotals } from "../support/voice-session.ts";

type User = Extract<Caller, { kind: "user" }>;

const bob: User = {
  ...{ kind: "user", id: "user:bob", name: "bob", roles: [], profiles: undefined, limits: {} },
  ...{ tokenPrefix: "rkb_1", endsAt: undefined },
};
const bobbie: User = { ...bob, id: "user:bob_", name: "bob_" };

const run = ({ url }: KeptSessions, words: string) => runBroker(`sessions ${words}`, { DATABASE_URL: url });

/** What the owner of sessions does that are to end. */
const answerEndRequest = async ({ store }: KeptSessions, id: string): Promise<void> => {
  await expect.poll(async () => (await store.find(id))?.endRequested).toBeDefined();
  const { endRequested: reason } = (await store.find(id)) ?? {};
  await store.change({ id, term: 1 }, { state: "ended", reason, endedAt: NOON + 1000 });
};

it("shows who is talking, and with --ended why others stopped", async () => {
  await using sessions = await createKeptSessions();
  const totals = { ...noTotals, tokens: 1900, costNanoUsd: 250_000_000 };
  await sessions.add({ id: "vs_talks", caller: bob, profile: "sales", totals });
  await sessions.add({ id: "vs_over", state: "ended", endedAt: NOON + 65_000, reason: "idle" });
  const open = await run(sessions, "list");
  expect(open.stdout).toMatch(/^ID +WHO +PROFILE +STATE +OPENED +LASTS +TOKENS +COST +REPLICA/);
  expect(open.stdout).toMatch(
    /vs_talks +user:bob +sales +open +2026-01-01T12:00:00Z .* 1,900 +\$0.25 +elsewhere/,
  );
  expect(open.stdout).not.toContain("vs_over");
  expect((await run(sessions, "list --ended")).stdout).toMatch(
    /vs_over +token:alice .* ended +idle .* 1:05 /,
  );
  const json = JSON.parse((await run(sessions, "list --user bob --json")).stdout);
  expect(json.sessions).toEqual([expect.objectContaining({ id: "vs_talks", cost_usd: 0.25, reason: null })]);
  expect(JSON.stringify(json)).not.toContain("Be kind");
  expect((await run(sessions, "list --user nemo")).stdout).toBe("No session is open.\n");
});

it("ends one session, waits until it has ended, and has it in the audit trail", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({ id: "vs_one" });
  await sessions.add({ id: "vs_two" });
  const [{ code, stdout }] = await Promise.all([
    run(sessions, "end vs_one"),
    answerEndRequest(sessions, "vs_one"),
  ]);
  expect([code, stdout]).toEqual([0, "1 of 1 session has ended.\n"]);
  expect((await sessions.store.find("vs_two"))?.endRequested).toBe(undefined);
  const trail = await runBroker("audit tail --json", { DATABASE_URL: sessions.url });
  expect(trail.stdout).toMatch(/"action":"session-end-requested","actor":"cli:.*"target":"session:vs_one"/);
});

it("ends all sessions, and says when there was none", async () => {
  await using sessions = await createKeptSessions();
  await sessions.add({ id: "vs_one" });
  await sessions.add({ id: "vs_two", caller: bob });
  const ids = ["vs_one", "vs_two"];
  const [{ stdout }] = await Promise.all([
    run(sessions, "end --all"),
    ...ids.map((id) => answerEndRequest(sessions, id)),
  ]);
  expect(stdout).toBe("2 of 2 sessions have ended.\n");
  expect((await run(sessions, "end --all")).stdout).toBe("No session was open.\n");
});

it.each([
  ["", /say what to do with sessions/],
  ["stop", /no command sessions stop/],
  ["end", /say which sessions are to end/],
  ["end vs_one --all", /in one way/],
  ["end sess_one", /sess_one is no name of a session/],
  ["end --user no/body", /no name of a user/],
  ["list vs_one", /takes no names/],
])("explains `broker sessions %s`", async (words, message) => {
  const { code, stderr } = await runBroker(["sessions", ...words.split(" ").filter(Boolean)], {});
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
});

const addUser = async (url: string, name: string) => {
  const { stdout } = await runBroker(`users add ${name} --json`, { DATABASE_URL: url });
  return JSON.parse(stdout).token as string;
};

const ticketOf = (hash: string, caller: User) => ({
  ...{ hash, caller, sessionId: `vs_${hash}`, grantHash: hash, tags: [], expiresAt: Date.now() + 60_000 },
  keyRequest: { profile: undefined, session: undefined, ttlSeconds: undefined },
});

it.each(["disable", "remove"])(
  "ends the sessions of a user at `users %s`, and takes their tickets",
  async (verb) => {
    await using sessions = await createKeptSessions();
    await addUser(sessions.url, "bob");
    await sessions.add({ id: "vs_bob", caller: bob });
    await sessions.add({ id: "vs_other", caller: bobbie });
    await sessions.store.addTicket(ticketOf("one", bob));
    await sessions.store.addTicket(ticketOf("two", bobbie));
    const { code } = await runBroker(`users ${verb} bob`, { DATABASE_URL: sessions.url });
    expect(code).toBe(0);
    expect((await sessions.store.find("vs_bob"))?.endRequested).toBe("user-disabled");
    expect((await sessions.store.find("vs_other"))?.endRequested).toBe(undefined);
    expect(await sessions.store.findTicket("one", Date.now())).toBe(undefined);
    expect(await sessions.store.findTicket("two", Date.now())).toBeDefined();
  },
);

it("ends the sessions of a user whom an operator disables over HTTP", async () => {
  await using sessions = await createKeptSessions();
  await addUser(sessions.url, "bob");
  await sessions.add({ id: "vs_bob", caller: bob });
  const yaml = `
callers: { tokens: [{ name: olga, token: olga-0123456789a, roles: [operator] }] }
operators: { allow: [role:operator] }
`;
  const env = { DATABASE_URL: sessions.url };
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml, env });
  const headers = { authorization: "Bearer olga-0123456789a", "content-type": "application/json" };
  const change = { method: "PATCH", headers, body: JSON.stringify({ disabled: true }) };
  expect((await broker.fetch("/admin/api/users/bob", change)).status).toBe(200);
  expect((await sessions.store.find("vs_bob"))?.endRequested).toBe("user-disabled");
  const end = { method: "DELETE", headers };
  await sessions.add({ id: "vs_more", caller: bobbie });
  await broker.fetch("/sessions/vs_more", end);
  await broker.stop();
  const trail = await runBroker("audit tail --json", env);
  expect(trail.stdout).toMatch(
    /"action":"session-end-requested","actor":"token:olga".*"target":"session:vs_more"/,
  );
});

// Operators and a running session: they see it, end it, and disable its user, while the page is told why.
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { runBroker } from "../support/cli.ts";
import { readEvents } from "../support/event-stream.ts";
import { ledgers, type TestLedger } from "../support/ledger.ts";
import {
  emulatorControl,
  OFFER,
  OPENAI_KEY,
  type PageTicket,
  postOffer,
  startPeerless,
  takeTicket,
  voiceYaml,
} from "../support/voice-calls.ts";

const OPERATOR = { authorization: "Bearer bob-0123456789ab" };

let emulator: Emulator;
let openAi: ReturnType<typeof emulatorControl>;
let ledger: TestLedger;
let broker: TestBroker;

beforeEach(async () => {
  emulator = await startEmulator();
  openAi = emulatorControl(emulator.baseUrl);
  ledger = await ledgers[0][1]();
  const yaml = `${voiceYaml()}metrics: { allow: ["token:bob"] }\n`;
  const env = { ...ledger.env, OPENAI_API_KEY: OPENAI_KEY };
  broker = await createTestBroker({ openai: emulator.baseUrl, yaml, env });
});
afterEach(async () => {
  await broker.stop();
  await ledger[Symbol.asyncDispose]();
  await emulator.close();
});

const command = (words: string) => runBroker(words, ledger.env);

const begin = async (headers?: Record<string, string>): Promise<PageTicket> => {
  const ticket = await takeTicket(broker, headers);
  await openAi.prepareCall();
  expect((await postOffer(broker, ticket.value, OFFER)).status).toBe(201);
  return ticket;
};

const openCalls = async () => (await openAi.calls()).filter(({ open }) => open).length;

it("shows a session while it goes on, and the page why an operator ended it", async () => {
  const { session, grant } = await begin();
  const [seen] = (await (await broker.fetch("/sessions?open=true", { headers: OPERATOR })).json()).sessions;
  expect(seen).toMatchObject({ id: session, user: "token:alice", state: "open", upstream_key: "default" });
  const metrics = await (await broker.fetch("/metrics", { headers: OPERATOR })).text();
  expect(metrics).toContain('broker_sessions_open{profile="default",supervision="watch"} 1');
  const { next } = await readEvents(`${broker.url}/sessions/current`, grant);
  expect(await next()).toMatchObject({ event: "state", data: { state: "open" } });
  const endedAt = Date.now();
  const end = { method: "DELETE", headers: OPERATOR };
  expect(await (await broker.fetch(`/sessions/${session}`, end)).json()).toEqual({
    id: session,
    ended: true,
  });
  expect(await next()).toMatchObject({ event: "state", data: { reason: "operator" } });
  await expect.poll(openCalls).toBe(0);
  expect(Date.now() - endedAt).toBeLessThan(2000);
  const after = await (await broker.fetch("/metrics", { headers: OPERATOR })).text();
  expect(after).toContain('broker_sessions_ended_total{profile="default",reason="operator"} 1');
});

it("ends all sessions from the command line, and tells their stories", async () => {
  const calls = await startPeerless([broker], openAi, 3);
  expect(await openCalls()).toBe(3);
  const { code, stdout } = await command("sessions end --all");
  expect([code, stdout]).toEqual([0, "3 of 3 sessions have ended.\n"]);
  expect(await openCalls()).toBe(0);
  const [first] = calls;
  const why = await command(`why ${first?.session}`);
  expect(why.stdout).toMatch(/state +ended\n[\s\S]*An operator ended it/);
  expect((await command("sessions list")).stdout).toBe("No session is open.\n");
  await broker.stop();
  const [used] = JSON.parse((await command("usage --since 1d --json")).stdout);
  expect(used).toMatchObject({ minted: 3, sessions: 3 });
  expect((await command(`why ${first?.session}`)).stdout).toMatch(
    /requests +\S+ GET \/ephemeral-key, 200: \S+\n +\S+ POST \/v1\/realtime\/calls, 201: /,
  );
});

it("ends the session of a user who is disabled, and takes the ticket that was not used yet", async () => {
  const added = await command("users add ada --json");
  const headers = { authorization: `Bearer ${JSON.parse(added.stdout).token}` };
  const { session } = await begin(headers);
  const unused = await takeTicket(broker, headers);
  await command("users disable ada");
  await expect.poll(openCalls, { timeout: 2000 }).toBe(0);
  expect((await postOffer(broker, unused.value, OFFER)).status).toBe(401);
  const told = await (await broker.fetch(`/sessions/${session}`, { headers: OPERATOR })).json();
  expect(told).toMatchObject({ user: "user:ada", reason: "user-disabled" });
});

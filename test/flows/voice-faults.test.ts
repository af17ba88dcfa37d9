// Supervised sessions when OpenAI is slow, silent or away, when pages leave, and when Redis does.
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createCaller } from "../emulator/caller.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { startRedis } from "../support/redis.ts";
import {
  emulatorControl,
  OFFER,
  OPENAI_KEY,
  postOffer,
  startPeerless,
  takeTicket,
  voiceYaml,
} from "../support/voice-calls.ts";

const CREATE = "/v1/realtime/calls";
const SIDEBAND = "/v1/realtime?call_id=*";

let emulator: Emulator;
let openAi: ReturnType<typeof emulatorControl>;

beforeEach(async () => {
  emulator = await startEmulator();
  openAi = emulatorControl(emulator.baseUrl);
});
afterEach(() => emulator.close());

const brokerWith = (voice?: string, env: Record<string, string> = {}) =>
  createTestBroker({
    openai: emulator.baseUrl,
    yaml: voiceYaml(voice),
    env: { OPENAI_API_KEY: OPENAI_KEY, ...env },
  });

/** Sessions as an operator sees them. */
const sessionsOf = async (broker: TestBroker) => {
  const answer = await broker.fetch("/sessions", { headers: { authorization: "Bearer bob-0123456789ab" } });
  const { sessions } = (await answer.json()) as {
    sessions: { state: string; reason: string | null; unseen_seconds: number }[];
  };
  return sessions;
};

const openCalls = async () => (await openAi.calls()).filter(({ open }) => open);
const creations = async () => {
  const { requests } = (await (await openAi.control("GET", "/requests")).json()) as {
    requests: { method: string; path: string }[];
  };
  return requests.filter(({ method, path }) => method === "POST" && path === CREATE).length;
};
const linesOf = ({ logs }: TestBroker, name: string) => logs.filter(({ msg }) => msg === name).length;

it("waits for OpenAI that is slow to create a call", async () => {
  await using broker = await brokerWith();
  const { value } = await takeTicket(broker);
  await openAi.fault({ path: CREATE, delay_ms: 1500 });
  const caller = createCaller();
  expect((await postOffer(broker, value, await caller.offer())).status).toBe(201);
  expect(await sessionsOf(broker)).toMatchObject([{ state: "open" }]);
  await caller.close();
});

it("asks once for a call whose creation is not answered, and ends it when its answer comes too late", async () => {
  await using broker = await brokerWith(undefined, { OPENAI_TIMEOUT_MS: "500" });
  const { value } = await takeTicket(broker);
  await openAi.fault({ path: CREATE, answer_delay_ms: 2000 });
  const caller = createCaller();
  const answer = await postOffer(broker, value, await caller.offer());
  expect(answer.status).toBe(504);
  expect(await openCalls()).toHaveLength(1);
  expect(await sessionsOf(broker)).toMatchObject([{ state: "ended", reason: "not-started" }]);
  expect([await creations(), linesOf(broker, "session-not-ended")]).toEqual([1, 1]);
  await expect.poll(openCalls).toEqual([]);
  await caller.close();
});

it("asks once for a call whose answer is lost, and raises an alarm", async () => {
  await using broker = await brokerWith();
  const { value } = await takeTicket(broker);
  await openAi.fault({ path: CREATE, lose_answer: true });
  const caller = createCaller();
  expect((await postOffer(broker, value, await caller.offer())).status).toBe(502);
  expect([await creations(), linesOf(broker, "session-not-ended")]).toEqual([1, 1]);
  expect(await sessionsOf(broker)).toMatchObject([{ state: "ended", reason: "not-started" }]);
  await caller.close();
});

it("joins again where the sideband is refused at first, or late", async () => {
  await using broker = await brokerWith();
  await openAi.fault({ path: SIDEBAND, status: 404, times: 2 });
  await startPeerless([broker], openAi, 1);
  await openAi.fault({ path: SIDEBAND, delay_ms: 1500 });
  await startPeerless([broker], openAi, 1);
  expect((await openCalls()).map(({ sidebands }) => sidebands)).toEqual([1, 1]);
});

it("hangs up a call that it may not join, and tells the page", async () => {
  await using broker = await brokerWith();
  const { value } = await takeTicket(broker);
  await openAi.prepareCall();
  await openAi.fault({ path: SIDEBAND, status: 404, times: 100 });
  const answer = await postOffer(broker, value, OFFER);
  expect([answer.status, await openCalls()]).toEqual([502, []]);
  await expect.poll(() => sessionsOf(broker)).toMatchObject([{ state: "ended", reason: "sideband-lost" }]);
});

it("lets a call go on that it may not join, where the profile says so, and counts its time", async () => {
  await using broker = await brokerWith("{ without_sideband: go_on }");
  await openAi.fault({ path: SIDEBAND, status: 404, times: 100 });
  await startPeerless([broker], openAi, 1);
  await expect.poll(async () => (await sessionsOf(broker))[0]?.unseen_seconds).toBeGreaterThan(0);
  expect(await openCalls()).toHaveLength(1);
});

it("joins all sessions again whose sidebands were cut", async () => {
  await using broker = await brokerWith();
  await startPeerless([broker], openAi, 5);
  expect(await (await openAi.control("POST", "/calls/all/drop-sidebands")).json()).toEqual({ sidebands: 5 });
  await expect
    .poll(async () => (await openCalls()).map(({ sidebands }) => sidebands))
    .toEqual([1, 1, 1, 1, 1]);
  await expect.poll(() => linesOf(broker, "session-sideband-back")).toBe(5);
});

it("leaves no call open whose page left while it was created, or while it was joined", async () => {
  await using broker = await brokerWith();
  for (const fault of [
    { path: CREATE, delay_ms: 800 },
    { path: SIDEBAND, delay_ms: 800 },
  ]) {
    const { value } = await takeTicket(broker);
    const caller = createCaller();
    await openAi.fault(fault);
    const leaving = new AbortController();
    const answer = postOffer(broker, value, await caller.offer(), leaving.signal);
    setTimeout(() => leaving.abort(), 400);
    await expect(answer).rejects.toThrow();
    await expect.poll(async () => (await openAi.calls()).length).toBeGreaterThan(0);
    await expect.poll(openCalls).toEqual([]);
    await caller.close();
  }
  await expect
    .poll(async () => (await sessionsOf(broker)).map(({ state, reason }) => [state, reason]))
    .toEqual([
      ["ended", "caller-left"],
      ["ended", "caller-left"],
    ]);
});

it("ends a session whose page vanished, of which OpenAI says nothing", async () => {
  await using broker = await brokerWith("{ idle_seconds: 2 }");
  await startPeerless([broker], openAi, 1);
  await openAi.control("POST", "/calls/all/leave");
  await expect
    .poll(() => sessionsOf(broker), { timeout: 10_000 })
    .toMatchObject([{ state: "ended", reason: "idle" }]);
});

it("starts sessions, and goes on with them, while Redis is away", async () => {
  await using redis = await startRedis();
  await using broker = await brokerWith(undefined, { REDIS_URL: redis.url });
  await startPeerless([broker], openAi, 2);
  await redis.stop();
  await startPeerless([broker], openAi, 2);
  await openAi.control("POST", "/calls/all/speech", { seconds: 0.1 });
  await expect.poll(async () => (await openAi.usage()).total.responses).toBe(4);
  expect((await sessionsOf(broker)).map(({ state }) => state)).toEqual(Array(4).fill("open"));
  await redis.start();
  expect(await openCalls()).toHaveLength(4);
});

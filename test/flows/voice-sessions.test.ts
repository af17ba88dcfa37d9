// A supervised session from its ticket to its end, with a browser's WebRTC and an emulator of OpenAI.
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker } from "../support/broker.ts";
import { ledgers, type TestLedger } from "../support/ledger.ts";
import {
  bookedUsage,
  connectOverSocket,
  connectPage,
  converse,
  emulatorControl,
  OFFER,
  OPENAI_KEY,
  postOffer,
  takeTicket,
  voiceYaml,
} from "../support/voice-calls.ts";

let emulator: Emulator;
let openAi: ReturnType<typeof emulatorControl>;
let ledger: TestLedger;

beforeEach(async () => {
  emulator = await startEmulator();
  openAi = emulatorControl(emulator.baseUrl);
  ledger = await ledgers[0][1]();
});
afterEach(async () => {
  await ledger[Symbol.asyncDispose]();
  await emulator.close();
});

const brokerWith = (yaml = voiceYaml()) =>
  createTestBroker({ openai: emulator.baseUrl, yaml, env: { ...ledger.env, OPENAI_API_KEY: OPENAI_KEY } });

const current = async (broker: { url: string }, grant: string) =>
  (await (
    await fetch(`${broker.url}/sessions/current`, { headers: { authorization: `Bearer ${grant}` } })
  ).json()) as {
    state: string;
    reason: string | null;
    tokens: number;
  };

it("books to the token what a page's session used, and ends with the page's hang-up", async () => {
  const broker = await brokerWith();
  const ticket = await takeTicket(broker);
  const caller = await connectPage(broker, ticket);
  await caller.next("session.created");
  await converse(caller, "Hello?");
  await converse(caller, "How are you?");
  await expect.poll(async () => (await current(broker, ticket.grant)).tokens).toBeGreaterThan(0);
  const [call] = await openAi.calls();
  expect(call).toMatchObject({ open: true, sidebands: 1 });
  const answer = await broker.fetch(`/v1/realtime/calls/${call?.id}/hangup`, {
    method: "POST",
    headers: { authorization: `Bearer ${ticket.grant}` },
  });
  expect(answer.status).toBe(200);
  await expect.poll(() => current(broker, ticket.grant)).toMatchObject({ state: "ended", reason: "hung-up" });
  expect(await openAi.calls()).toMatchObject([{ open: false, ended_by: "hangup" }]);
  await caller.close();
  await broker.stop();
  const { total } = await openAi.usage();
  const { input_text_tokens, cached_text_tokens, output_text_tokens } = total;
  expect(await bookedUsage(ledger)).toMatchObject({
    ...{ parts: 2, input_text_tokens, cached_text_tokens, output_text_tokens },
  });
});

it("refuses a ticket the second time, also while the first call is being created", async () => {
  await using broker = await brokerWith();
  const { value } = await takeTicket(broker);
  await openAi.prepareCall();
  await openAi.prepareCall();
  const answers = await Promise.all([1, 2, 3].map(() => postOffer(broker, value, OFFER)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 401, 401]);
});

it("carries a session over WebSockets, and books what it used", async () => {
  const broker = await brokerWith();
  const ticket = await takeTicket(broker);
  const page = await connectOverSocket(broker, ticket.value);
  expect((await page.next("session.created")).type).toBe("session.created");
  expect((await page.next("session.updated")).session).toMatchObject({ instructions: "Be kind." });
  await converse(page, "Hello?");
  await expect.poll(async () => (await current(broker, ticket.grant)).tokens).toBeGreaterThan(0);
  expect(page.protocol).toBe("realtime");
  page.close();
  await expect.poll(() => current(broker, ticket.grant)).toMatchObject({ state: "ended", reason: "hung-up" });
  await broker.stop();
  const { input_text_tokens, output_text_tokens, responses } = (await openAi.usage()).total;
  expect(await bookedUsage(ledger)).toMatchObject({
    parts: responses,
    input_text_tokens,
    output_text_tokens,
  });
});

it("ends a carried session at its limit, on both sides", async () => {
  await using broker = await brokerWith(voiceYaml("{ max_minutes: 0.05, notice_seconds: 0 }"));
  const ticket = await takeTicket(broker);
  const page = await connectOverSocket(broker, ticket.value);
  await page.closed;
  await expect
    .poll(() => current(broker, ticket.grant))
    .toMatchObject({ state: "ended", reason: "duration" });
  await expect.poll(async () => (await openAi.calls()).filter(({ open }) => open)).toEqual([]);
});

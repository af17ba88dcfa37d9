// A supervised session from its ticket to its end, with a browser's WebRTC and an emulator of OpenAI.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createCaller } from "../emulator/caller.ts";
import { createTestBroker } from "../support/broker.ts";
import { ledgers, type TestLedger } from "../support/ledger.ts";
import {
  ALICE,
  bookedUsage,
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

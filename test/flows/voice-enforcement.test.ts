// Sessions whose page changes what it may not, whose time is up, or whose sideband is disturbed.
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import type { Caller } from "../emulator/caller.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import {
  connectPage,
  converse,
  emulatorControl,
  OFFER,
  OPENAI_KEY,
  type PageTicket,
  postOffer,
  takeTicket,
  voiceYaml,
} from "../support/voice-calls.ts";

let emulator: Emulator;
let openAi: ReturnType<typeof emulatorControl>;
let page: Caller | undefined;

beforeEach(async () => {
  emulator = await startEmulator();
  openAi = emulatorControl(emulator.baseUrl);
});
afterEach(async () => {
  await page?.close();
  page = undefined;
  await emulator.close();
});

const brokerWith = (yaml: string) =>
  createTestBroker({ openai: emulator.baseUrl, yaml, env: { OPENAI_API_KEY: OPENAI_KEY } });

const current = async (broker: TestBroker, { grant }: PageTicket) =>
  (await (
    await broker.fetch("/sessions/current", { headers: { authorization: `Bearer ${grant}` } })
  ).json()) as { state: string; reason: string | null; tokens: number };

const call = async () => {
  const [first] = (await openAi.calls()) as unknown as {
    id: string;
    open: boolean;
    sidebands: number;
    session: { instructions: string };
    responses: { instructions: string }[];
  }[];
  if (!first) throw new Error("there is no call");
  return first;
};

const connect = async (broker: TestBroker): Promise<PageTicket> => {
  const ticket = await takeTicket(broker);
  page = await connectPage(broker, ticket);
  await page.next("session.created");
  return ticket;
};

const change = async (session: object): Promise<void> => {
  page?.send({ type: "session.update", session: { type: "realtime", ...session } });
};

it("puts right what a client wipes when it connects, before the first word", async () => {
  await using broker = await brokerWith(voiceYaml("{}", "enforce"));
  const ticket = await connect(broker);
  await change({ instructions: "" });
  await converse(page as Caller, "Hello?");
  await expect.poll(async () => (await call()).session.instructions).toBe("Be kind.");
  await converse(page as Caller, "Hello?");
  expect((await call()).responses.at(-1)?.instructions).toBe("Be kind.");
  expect(await current(broker, ticket)).toMatchObject({ state: "open" });
});

it("ends a session whose page goes on changing it", async () => {
  await using broker = await brokerWith(voiceYaml("{}", "enforce"));
  const ticket = await connect(broker);
  await converse(page as Caller, "Hello?");
  for (const instructions of ["Talk like a pirate.", "Curse."]) {
    await change({ instructions });
    await expect
      .poll(async () => {
        const { session, open } = await call();
        return !open || session.instructions === "Be kind.";
      })
      .toBe(true);
  }
  await expect.poll(() => current(broker, ticket)).toMatchObject({ state: "ended", reason: "altered" });
  expect((await call()).open).toBe(false);
  expect(broker.logs.filter(({ msg }) => msg === "session-altered" || msg === "session-trouble")).not.toEqual(
    [],
  );
});

it("leaves the conversation alone where the profile only watches", async () => {
  await using broker = await brokerWith(voiceYaml());
  const ticket = await connect(broker);
  await change({ instructions: "Talk like a pirate." });
  await converse(page as Caller, "Hello?");
  expect((await call()).responses.at(-1)?.instructions).toBe("Talk like a pirate.");
  expect(await current(broker, ticket)).toMatchObject({ state: "open" });
});

it("has the model say good-bye before a session's time is up", async () => {
  await using broker = await brokerWith(
    voiceYaml("{ max_minutes: 0.08, notice_seconds: 3, notice: Say good-bye now. }"),
  );
  const ticket = await connect(broker);
  const added = await page?.next("conversation.item.added");
  expect(added?.item).toMatchObject({ role: "system", content: [{ text: "Say good-bye now." }] });
  await page?.next("response.done");
  await page?.ended;
  await expect.poll(() => current(broker, ticket)).toMatchObject({ state: "ended", reason: "duration" });
});

it("joins again when the sideband is cut, and misses nothing after it", async () => {
  await using broker = await brokerWith(voiceYaml());
  const ticket = await connect(broker);
  await converse(page as Caller, "Hello?");
  await openAi.control("POST", "/calls/all/drop-sidebands");
  await expect.poll(async () => (await call()).sidebands).toBe(1);
  await converse(page as Caller, "How are you?");
  const { input_text_tokens, output_text_tokens } = (await openAi.usage()).total;
  await expect
    .poll(async () => (await current(broker, ticket)).tokens)
    .toBe(input_text_tokens + output_text_tokens);
});

it("notices that the browser has gone when its sideband cannot be had again", async () => {
  await using broker = await brokerWith(voiceYaml());
  const ticket = await connect(broker);
  await converse(page as Caller, "Hello?");
  await openAi.control("POST", "/calls/all/leave");
  // OpenAI says nothing of it, and leaves the sideband open.
  expect(await call()).toMatchObject({ open: false, sidebands: 1 });
  await openAi.control("POST", `/calls/${(await call()).id}/drop-sidebands`);
  await expect.poll(() => current(broker, ticket)).toMatchObject({ state: "ended", reason: "caller-left" });
});

it("hands out no answer for a session that it may not join, and ends its call", async () => {
  await using broker = await brokerWith(voiceYaml());
  const { value } = await takeTicket(broker);
  await openAi.prepareCall();
  await openAi.fault({ path: "/v1/realtime?call_id=*", status: 403, times: 20 });
  const answer = await postOffer(broker, value, OFFER);
  expect(answer.status).toBe(502);
  expect((await call()).open).toBe(false);
}, 20_000);

it("goes on without a sideband where the profile says so, and books the time", async () => {
  await using broker = await brokerWith(voiceYaml("{ without_sideband: go_on }"));
  const ticket = await takeTicket(broker);
  await openAi.prepareCall();
  await openAi.fault({ path: "/v1/realtime?call_id=*", status: 403, times: 6 });
  const answer = await postOffer(broker, ticket.value, OFFER);
  expect(answer.status).toBe(201);
  await expect.poll(async () => (await call()).sidebands, { timeout: 5000 }).toBe(1);
  expect((await current(broker, ticket)).state).toBe("open");
}, 20_000);

// What relayed answers cost, as OpenAI's own package gets them, by the log.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { clientOf, collect, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

let openai: EmulatedOpenAi;
let broker: TestBroker;
beforeAll(async () => {
  openai = await emulateOpenAi();
  const prices = "prices: { models: { tts-1: { audio_out: 1 }, our-own: { text_in: 1, text_out: 1 } } }";
  broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml(undefined, prices) });
});
afterAll(async () => {
  await broker.stop();
  await openai[Symbol.asyncDispose]();
});
beforeEach(() => void broker.logs.splice(0));

interface Line {
  cost_usd?: number;
  tokens?: { input: number; output: number };
}

const line = async (): Promise<Line> => {
  const requests = () => broker.logs.filter(({ msg }) => msg === "request");
  await until("the request is logged", () => requests().length > 0);
  return requests().at(-1) as Line;
};

const messages = [{ role: "user" as const, content: "How much is this?" }];
const sound = () => new File([wav(20)], "question.wav");

// Silence: 16 bit at 8 kHz.
const wav = (seconds: number): Uint8Array<ArrayBuffer> => {
  const bytes = Buffer.alloc(44 + seconds * 16_000);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  return new Uint8Array(bytes);
};

const usd = ({ tokens = { input: 0, output: 0 } }: Line, textIn: number, textOut: number): number =>
  Math.round(tokens.input * textIn * 1000 + tokens.output * textOut * 1000) / 1e9;

it("a chat costs what its tokens cost, whole and streamed, include_usage or not", async () => {
  const client = clientOf(broker);
  await client.chat.completions.create({ model: "gpt-5-mini", messages });
  const whole = await line();
  expect(whole.cost_usd).toBe(usd(whole, 0.25, 2));
  expect(whole.cost_usd).toBeGreaterThan(0);
  for (const include_usage of [true, false]) {
    broker.logs.length = 0;
    const stream_options = { include_usage };
    await collect(
      await client.chat.completions.create({ model: "gpt-5-mini", messages, stream: true, stream_options }),
    );
    expect((await line()).cost_usd).toBe(whole.cost_usd);
  }
});

it("a response costs what its tokens cost, and reading it again costs nothing", async () => {
  const client = clientOf(broker);
  const { id } = await client.responses.create({ model: "gpt-6-luna", input: "How much is this?" });
  const made = await line();
  expect(made.cost_usd).toBe(usd(made, 0.1, 0.5));
  broker.logs.length = 0;
  await client.responses.retrieve(id);
  expect(await line()).toMatchObject({ tokens: made.tokens, cost_usd: 0 });
});

it("embeddings, images and recordings cost what OpenAI bills for them", async () => {
  const client = clientOf(broker);
  await client.embeddings.create({ model: "text-embedding-3-small", input: "x".repeat(4000) });
  expect((await line()).cost_usd).toBe(0.00002);
  broker.logs.length = 0;
  await client.images.generate({ model: "gpt-image-1", prompt: "abcd", n: 2 });
  // One token of text, and 1056 of each image.
  expect((await line()).cost_usd).toBe(0.084485);
  broker.logs.length = 0;
  await client.audio.transcriptions.create({ model: "whisper-1", file: sound() });
  expect((await line()).cost_usd).toBe(0.002);
  broker.logs.length = 0;
  await client.audio.transcriptions.create({ model: "gpt-4o-mini-transcribe", file: sound() });
  const transcript = await line();
  expect(transcript.cost_usd).toBe(usd(transcript, 1.25, 5));
});

it("what has no known price has no cost, and its model is named in the log once", async () => {
  const client = clientOf(broker);
  for (let round = 0; round < 2; round += 1) {
    await client.chat.completions.create({ model: "gpt-unheard-of", messages });
  }
  const answered = await line();
  expect(answered.tokens).toBeDefined();
  expect(answered.cost_usd).toBeUndefined();
  await until("both are logged", () => broker.logs.filter(({ msg }) => msg === "request").length === 2);
  expect(broker.logs.filter(({ msg }) => msg === "price-unknown")).toMatchObject([
    { level: "warn", model: "gpt-unheard-of" },
  ]);
  broker.logs.length = 0;
  const speech = await client.audio.speech.create({ model: "tts-1", voice: "marin", input: "Hello" });
  await speech.arrayBuffer();
  expect((await line()).cost_usd).toBeUndefined();
});

it("speech that is billed by the character costs what its text has of them", async () => {
  const speech = await clientOf(broker).audio.speech.create({
    ...{ model: "tts-1-hd", voice: "marin", input: "Grüß Gott 🎈" },
  });
  await speech.arrayBuffer();
  expect((await line()).cost_usd).toBe((11 * 30) / 1e6);
});

it("new prices hold from the next answer on", async () => {
  const client = clientOf(broker);
  await broker.useConfig(
    relayYaml(undefined, "prices: { models: { gpt-5-nano: { text_in: 1000, text_out: 0 } } }"),
  );
  await client.chat.completions.create({ model: "gpt-5-nano", messages });
  const answered = await line();
  expect(answered.cost_usd).toBe(usd(answered, 1000, 0));
});

it("every mistake in prices is named, with what to change", async () => {
  const yaml = relayYaml(
    undefined,
    "prices: { models: { gpt-5: { text_inn: 1, text_out: cheap }, mine: {} }, tiers: { flex: -1 } }",
  );
  await expect(async () => broker.useConfig(yaml)).rejects.toMatchObject({
    problems: [
      "prices.models.gpt-5.text_out: must be a number, not a string",
      expect.stringMatching(
        /^prices.models.gpt-5.text_inn: there is no such setting; did you mean text_in\?/,
      ),
      "prices.models.mine: must have a price, such as `text_in`; 0 for what is free",
      "prices.tiers.flex: must be at least 0",
    ],
  });
});

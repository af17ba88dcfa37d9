// What images, recordings and speech use, as OpenAI's own package sees it and as the service knows it.
import { toFile } from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { wavOf } from "../support/microphone.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { clientOf, collect, relayYaml } from "../support/relay-client.ts";

let openai: EmulatedOpenAi;
let broker: TestBroker;
beforeAll(async () => {
  openai = await emulateOpenAi();
  broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
});
afterAll(async () => {
  await broker.stop();
  await openai[Symbol.asyncDispose]();
});

interface Told {
  input_tokens: number;
  output_tokens: number;
}

/** The tokens of the last request, in OpenAI's words. */
const known = (): Partial<Told> | undefined => {
  const line = broker.logs.findLast(({ msg }) => msg === "request");
  const tokens = line?.tokens as { input: number; output: number } | undefined;
  return tokens && { input_tokens: tokens.input, output_tokens: tokens.output };
};
const recording = () => toFile(wavOf(Buffer.alloc(2 * 48_000)), "question.wav");

it("an image, whole and streamed", async () => {
  const asked = { model: "gpt-image-1", prompt: "A green hill" };
  const { usage } = await clientOf(broker).images.generate(asked);
  expect(usage?.output_tokens).toBeGreaterThan(1000);
  expect(usage).toMatchObject(known() ?? { none: true });
  const events = await collect(await clientOf(broker).images.generate({ ...asked, stream: true }));
  expect((events.at(-1) as { usage?: Told }).usage).toMatchObject(known() ?? { none: true });
});

it("a transcript, whole and streamed, but not one of whisper-1, which OpenAI bills by time", async () => {
  const asked = { model: "gpt-4o-transcribe", file: await recording() };
  const { usage } = await clientOf(broker).audio.transcriptions.create(asked);
  expect(usage).toMatchObject(known() ?? { none: true });
  const events = await collect(
    await clientOf(broker).audio.transcriptions.create({ ...asked, stream: true }),
  );
  expect((events.at(-1) as { usage?: Told }).usage).toMatchObject(known() ?? { none: true });
  await clientOf(broker).audio.transcriptions.create({ ...asked, model: "whisper-1" });
  expect(known()).toBeUndefined();
});

it("speech as events, but not as bare audio, which tells nothing", async () => {
  const asked = { model: "gpt-4o-mini-tts", voice: "marin", input: "Hello there" } as const;
  const events = await clientOf(broker).audio.speech.create({ ...asked, stream_format: "sse" });
  const done = /"type":"speech.audio.done".*?"usage":(\{[^}]*\})/.exec(await events.text())?.[1] ?? "{}";
  expect(JSON.parse(done)).toMatchObject(known() ?? { none: true });
  const audio = await clientOf(broker).audio.speech.create(asked);
  expect((await audio.arrayBuffer()).byteLength).toBeGreaterThan(1000);
  expect(known()).toBeUndefined();
});

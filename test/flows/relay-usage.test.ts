// The usage of everything that is relayed is known, and curl gets byte for byte what OpenAI sent it without the service between.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type FakeOpenAi, fakeOpenAi } from "../support/fake-openai.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";

const run = promisify(execFile);
const events = (...data: object[]) =>
  `${data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`;
const named = (...data: Record<string, unknown>[]) =>
  data.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`).join("");

const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", model: "gpt-5-mini-2025-08-07" };
const said = { ...chunk, choices: [{ index: 0, delta: { content: 'é "usage":null} \u2028' } }] };
const chatUsage = {
  ...{ prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
  prompt_tokens_details: { cached_tokens: 2, audio_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 1, audio_tokens: 0 },
};
const responseUsage = {
  ...{ input_tokens: 8, output_tokens: 5, total_tokens: 13 },
  input_tokens_details: { cached_tokens: 3 },
  output_tokens_details: { reasoning_tokens: 2 },
};
const imageUsage = {
  ...{ input_tokens: 50, output_tokens: 1056, total_tokens: 1106 },
  input_tokens_details: { text_tokens: 10, image_tokens: 40 },
};
const audioUsage = {
  ...{ type: "tokens", input_tokens: 14, output_tokens: 45, total_tokens: 59 },
  input_token_details: { text_tokens: 0, audio_tokens: 14 },
};
const b64 = randomBytes(300_000).toString("base64");
const spoken = randomBytes(100_000);

interface Case {
  path: string;
  /** JSON, or the fields of a form. */
  asks: object | string[];
  answers: string | Buffer | ((body: string) => string);
  type: "application/json" | "text/event-stream" | "audio/mpeg" | "text/plain; charset=utf-8";
  tokens: { input: number; output: number; cached: number } | undefined;
}

const chatStream = (body: string): string =>
  JSON.parse(body).stream_options?.include_usage === true
    ? events({ ...said, usage: null }, { ...chunk, choices: [], usage: chatUsage })
    : events(said);
const chats = { input: 9, output: 4, cached: 2 };
const responses = { input: 8, output: 5, cached: 3 };
const images = { input: 50, output: 1056, cached: 0 };
const sounds = { input: 14, output: 45, cached: 0 };
const chat = { model: "gpt-5-mini", messages: [{ role: "user", content: "é" }] };
const form = ["-F", "model=gpt-4o-transcribe", "-F", "file=@-;filename=a.wav"];
const response = { id: "resp_1", model: "gpt-5-mini-2025-08-07", output: [], usage: responseUsage };

const cases: Record<string, Case> = {
  "a chat": {
    ...{ path: "/chat/completions", asks: chat, type: "application/json", tokens: chats },
    answers: JSON.stringify({ ...chunk, choices: [], usage: chatUsage }),
  },
  "a chat's stream": {
    ...{ path: "/chat/completions", asks: { ...chat, stream: true }, type: "text/event-stream" },
    ...{ answers: chatStream, tokens: chats },
  },
  "a chat's stream whose usage is asked for": {
    path: "/chat/completions",
    asks: { ...chat, stream: true, stream_options: { include_usage: true } },
    ...{ type: "text/event-stream", answers: chatStream, tokens: chats },
  },
  "a chat's stream whose usage is not wanted": {
    path: "/chat/completions",
    asks: { ...chat, stream: true, stream_options: { include_usage: false } },
    ...{ type: "text/event-stream", answers: chatStream, tokens: chats },
  },
  "a response": {
    ...{ path: "/responses", asks: { model: "gpt-5-mini", input: "é" }, type: "application/json" },
    ...{ answers: JSON.stringify(response), tokens: responses },
  },
  "a response's stream": {
    ...{ path: "/responses", asks: { model: "gpt-5-mini", input: "é", stream: true } },
    ...{ type: "text/event-stream", tokens: responses },
    answers: named(
      { type: "response.created", response: { ...response, usage: null } },
      { type: "response.output_text.delta", delta: '"usage":{}' },
      { type: "response.completed", response },
    ),
  },
  embeddings: {
    ...{
      path: "/embeddings",
      asks: { model: "text-embedding-3-small", input: "é" },
      type: "application/json",
    },
    answers: JSON.stringify({ data: [{ embedding: b64 }], usage: { prompt_tokens: 7, total_tokens: 7 } }),
    tokens: { input: 7, output: 0, cached: 0 },
  },
  "an image": {
    ...{ path: "/images/generations", asks: { model: "gpt-image-1", prompt: "é" }, type: "application/json" },
    ...{
      answers: JSON.stringify({ created: 1, data: [{ b64_json: b64 }], usage: imageUsage }),
      tokens: images,
    },
  },
  "an image's stream": {
    ...{ path: "/images/generations", asks: { model: "gpt-image-1", prompt: "é", stream: true } },
    ...{ type: "text/event-stream", tokens: images },
    answers: named({ type: "image_generation.completed", b64_json: b64, usage: imageUsage } as {
      type: string;
    }),
  },
  "a transcript": {
    ...{ path: "/audio/transcriptions", asks: form, type: "application/json", tokens: sounds },
    answers: JSON.stringify({ text: "Hello", usage: audioUsage }),
  },
  "a transcript's stream": {
    ...{ path: "/audio/transcriptions", asks: [...form, "-F", "stream=true"], type: "text/event-stream" },
    ...{
      answers: named({ type: "transcript.text.done", text: "é", usage: audioUsage }),
      tokens: sounds,
    },
  },
  "a transcript that tells seconds": {
    ...{ path: "/audio/transcriptions", asks: form, type: "application/json", tokens: undefined },
    answers: JSON.stringify({ text: "Hello", usage: { type: "duration", seconds: 12 } }),
  },
  "a transcript as text": {
    ...{ path: "/audio/transcriptions", asks: form, type: "text/plain; charset=utf-8", tokens: undefined },
    answers: "Hello\n",
  },
  speech: {
    ...{ path: "/audio/speech", asks: { model: "tts-1", input: "é", voice: "alloy" }, type: "audio/mpeg" },
    ...{ answers: spoken, tokens: undefined },
  },
  "speech as events": {
    ...{
      path: "/audio/speech",
      asks: { model: "gpt-4o-mini-tts", input: "é", voice: "alloy", stream_format: "sse" },
    },
    ...{ type: "text/event-stream", tokens: { input: 14, output: 45, cached: 0 } },
    answers: named(
      { type: "speech.audio.delta", audio: b64 },
      { type: "speech.audio.done", usage: audioUsage },
    ),
  },
};

let current: Case;
let openai: FakeOpenAi;
let broker: TestBroker;
beforeAll(async () => {
  openai = await fakeOpenAi((answer, { body }) => {
    const { answers, type } = current;
    answer.writeHead(200, { "content-type": type, "x-request-id": "req_1" });
    answer.end(typeof answers === "function" ? answers(Buffer.from(body, "latin1").toString()) : answers);
  });
  broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
});
afterAll(async () => {
  await broker.stop();
  await openai[Symbol.asyncDispose]();
});

/** What curl prints, and what OpenAI was asked. */
const curl = async (base: string, { path, asks }: Case) => {
  const body = Array.isArray(asks)
    ? asks
    : ["-H", "Content-Type: application/json", "-d", JSON.stringify(asks)];
  const words = ["-sS", "-N", `${base}${path}`, "-H", `Authorization: Bearer ${ALICE}`, ...body];
  const going = run("curl", words, { encoding: "buffer", maxBuffer: 10_000_000 });
  going.child.stdin?.end("RIFF");
  const { stdout } = await going;
  return { printed: stdout, asked: openai.asked.at(-1)?.body };
};

it.each(Object.entries(cases))("%s", async (_, each) => {
  current = each;
  const plain = await curl(openai.baseUrl, each);
  const relayed = await curl(`${broker.url}/v1`, each);
  expect(plain.printed.length).toBeGreaterThan(0);
  expect(relayed.printed.equals(plain.printed)).toBe(true);
  const line = broker.logs.at(-1);
  expect([line?.status, line?.path, line?.aborted]).toEqual([200, `/v1${each.path}`, undefined]);
  expect(line?.tokens).toEqual(each.tokens);
  // The model that the form names is found too.
  expect(line?.model).toBe(
    Array.isArray(each.asks) ? "gpt-4o-transcribe" : (each.asks as { model: string }).model,
  );
});

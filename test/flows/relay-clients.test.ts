// OpenAI's own package for Node, unchanged, against a running broker: everything that its users do with it.
import OpenAI, { APIUserAbortError, toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { chatAnswer, fakeOpenAi } from "../support/fake-openai.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { ALICE, clientOf, collect, relayYaml } from "../support/relay-client.ts";
import { saying } from "../support/upstream.ts";

const yaml = relayYaml("{ everybody: { allow: [members], paths: [inference, /v1/files, /v1/files/*] } }");
const messages = [{ role: "user" as const, content: "Hello there" }];
const model = "gpt-5-mini";

let openai: EmulatedOpenAi;
let broker: TestBroker;
let client: OpenAI;
beforeAll(async () => {
  openai = await emulateOpenAi();
  broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  client = clientOf(broker);
});
afterAll(async () => {
  await broker.stop();
  await openai[Symbol.asyncDispose]();
});

describe("the openai package", () => {
  it("chats", async () => {
    const { data, request_id: requestId } = await client.chat.completions
      .create({ model, messages })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe("You said: Hello there");
    expect(requestId).toMatch(/^req_/);
    expect(broker.logs.at(-1)).toMatchObject({
      route: "/v1/*",
      path: "/v1/chat/completions",
      status: 200,
      caller: "token:alice",
      relay: "everybody",
      model,
      upstream_key: "default",
      openai_request_id: requestId,
      tokens: { input: data.usage?.prompt_tokens, output: data.usage?.completion_tokens },
    });
  });

  it("chats in a stream, which comes piece by piece", async () => {
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collect(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(
      "You said: Hello there",
    );
    const usage = chunks.at(-1)?.usage;
    expect(broker.logs.at(-1)).toMatchObject({
      tokens: { input: usage?.prompt_tokens, output: usage?.completion_tokens },
    });
  });

  it.each([
    ["without a word of usage", {}],
    ["without usage, said so", { stream_options: { include_usage: false } }],
    ["with usage", { stream_options: { include_usage: true } }],
  ])("sees a stream as OpenAI sends it %s, and the tokens are logged", async (_, more) => {
    const ask = async (of: OpenAI) => {
      const all = await collect(
        await of.chat.completions.create({ model, messages, stream: true as const, ...more }),
      );
      return all.map((chunk) => ({ ...chunk, id: "", created: 0 }));
    };
    const direct = new OpenAI({ baseURL: openai.baseUrl, apiKey: "sk-test-direct" });
    expect(await ask(client)).toEqual(await ask(direct));
    expect(broker.logs.at(-1)).toMatchObject({ tokens: { input: 3, output: 6 } });
  });

  it("asks for responses, whole and streamed", async () => {
    const whole = await client.responses.create({ model, input: "Hello there" });
    expect(whole.output_text).toBe("You said: Hello there");
    const events = await collect(
      await client.responses.create({ model, input: "Hello there", stream: true }),
    );
    expect(events.at(-1)?.type).toBe("response.completed");
    expect(broker.logs.at(-1)).toMatchObject({ tokens: { input: whole.usage?.input_tokens } });
  });

  it("embeds", async () => {
    const { data, usage } = await client.embeddings.create({
      model: "text-embedding-3-small",
      input: ["a", "b"],
    });
    expect(data.length).toBe(2);
    expect(broker.logs.at(-1)).toMatchObject({ tokens: { input: usage.prompt_tokens, output: 0 } });
  });

  it("moderates, speaks and lists models", async () => {
    expect((await client.moderations.create({ input: "flagged" })).results[0]?.flagged).toBe(true);
    const speech = await client.audio.speech.create({
      model: "gpt-4o-mini-tts",
      voice: "marin",
      input: "Hello",
    });
    expect((await speech.arrayBuffer()).byteLength).toBeGreaterThan(1000);
    expect((await client.models.list()).data.length).toBeGreaterThan(0);
  });

  it("uploads a file, fetches it back and removes it", async () => {
    const text = "one line\n".repeat(300_000);
    const file = await client.files.create({
      purpose: "user_data",
      file: await toFile(Buffer.from(text), "a.txt"),
    });
    expect(file).toMatchObject({ filename: "a.txt", bytes: text.length });
    expect(await (await client.files.content(file.id)).text()).toBe(text);
    expect((await client.files.list()).data.map(({ id }) => id)).toContain(file.id);
    expect((await client.files.delete(file.id)).deleted).toBe(true);
  });

  it("is told by the environment where to ask, as programs are that are built on it", async () => {
    vi.stubEnv("OPENAI_BASE_URL", `${broker.url}/v1`);
    vi.stubEnv("OPENAI_API_KEY", ALICE);
    const { choices } = await new OpenAI().chat.completions.create({ model, messages });
    expect(choices[0]?.message.content).toBe("You said: Hello there");
    vi.unstubAllEnvs();
  });

  it("mints", async () => {
    expect((await client.realtime.clientSecrets.create({})).value).toMatch(/^ek_/);
  });

  it("aborts, which ends the request upstream at once", async () => {
    const content = "word ".repeat(2000);
    const { openai: slow, ended } = await slowOpenAi();
    await using own = await createTestBroker({ openai: `${slow.url}/v1`, yaml });
    const stream = await clientOf(own).chat.completions.create({
      model,
      messages: [{ role: "user", content }],
      stream: true,
    });
    for await (const _ of stream) break;
    // It would go on for ever.
    expect(await ended).toBeGreaterThan(0);
    await slow[Symbol.asyncDispose]();
    await expect(
      clientOf(broker).chat.completions.create({ model, messages }, { signal: AbortSignal.abort() }),
    ).rejects.toBeInstanceOf(APIUserAbortError);
  });
});

/** Sends an event every 50 ms for ever; `ended` tells how long after the first one it was let go. */
const slowOpenAi = async () => {
  const { serve } = await import("../support/server.ts");
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  const chunk = {
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model,
    choices: [{ index: 0, delta: { content: "x" } }],
  };
  const server = await serve((_, answer) => {
    const began = performance.now();
    answer.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => answer.write(`data: ${JSON.stringify(chunk)}\n\n`), 50);
    answer.once("close", () => {
      clearInterval(timer);
      resolve(performance.now() - began);
    });
  });
  return { openai: server, ended };
};

describe("asks again as OpenAI says", () => {
  const messageOf = (body: string) => (body.includes("large") ? "Request too large for gpt-5-mini" : "limit");
  const asking = async (content: string, more: Record<string, string>) => {
    let isFirst = true;
    await using fake = await fakeOpenAi((answer, asked, request) => {
      if (!isFirst) return chatAnswer(answer, asked, request);
      isFirst = false;
      const error = { code: "rate_limit_exceeded", type: "tokens", message: messageOf(asked.body) };
      return saying(429, error, more)(answer, asked, request);
    });
    await using over = await createTestBroker({ openai: fake.baseUrl, yaml });
    const asked = { model, messages: [{ role: "user" as const, content }] };
    const status = await clientOf(over, { maxRetries: 2 })
      .chat.completions.create(asked)
      .then(
        () => 200,
        ({ status: refused }: { status: number }) => refused,
      );
    return { status, times: fake.asked.length };
  };

  it("after a limit, when it is over", async () => {
    expect(await asking("hello", { "retry-after": "1" })).toEqual({ status: 200, times: 2 });
  });

  it("not where that cannot help", async () => {
    expect(await asking("large", { "x-should-retry": "false" })).toEqual({ status: 429, times: 1 });
  });
});

describe("is refused as OpenAI refuses", () => {
  it.each([
    ["a wrong token", { apiKey: "alice-0123456780" }, {}, OpenAI.AuthenticationError, "invalid_api_key"],
    ["a model OpenAI has not", {}, { model: "no-such-model" }, OpenAI.NotFoundError, "model_not_found"],
    ["messages that are none", {}, { messages: "none" }, OpenAI.BadRequestError, null],
  ])("%s", async (_, options, body, error, code) => {
    const asked = { model, messages, ...body } as OpenAI.ChatCompletionCreateParamsNonStreaming;
    const failure = await clientOf(broker, options)
      .chat.completions.create(asked)
      .catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(error);
    if (code) expect(failure).toMatchObject({ code });
    expect(failure).toMatchObject({ type: "invalid_request_error" });
  });

  it("an address that is not open", async () => {
    const failure = await client.fineTuning.jobs.list().catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(failure).toMatchObject({ code: "path-forbidden" });
  });
});

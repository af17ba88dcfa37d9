// Clients that are not OpenAI's, unchanged: they are told the address and a token, as their users would.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createOpenAI } from "@ai-sdk/openai";
import { embed, generateText, streamText } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";

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

const prompt = "Hello there";
const said = "You said: Hello there";

describe("the Vercel AI SDK", () => {
  const provider = (apiKey = ALICE) => createOpenAI({ baseURL: `${broker.url}/v1`, apiKey });

  it.each(["chat", "responses"] as const)("talks by way of %s, whole and streamed", async (kind) => {
    const model = provider()[kind]("gpt-5-mini");
    const whole = await generateText({ model, prompt, maxRetries: 0 });
    expect(whole.text).toBe(said);
    expect(broker.logs.at(-1)).toMatchObject({ tokens: { input: whole.usage.inputTokens } });
    let streamed = "";
    for await (const piece of streamText({ model, prompt, maxRetries: 0 }).textStream) streamed += piece;
    expect(streamed).toBe(said);
    expect(broker.logs.at(-1)).toMatchObject({ tokens: { input: whole.usage.inputTokens } });
  });

  it("embeds", async () => {
    const { embedding } = await embed({ model: provider().embedding("text-embedding-3-small"), value: "a" });
    expect(embedding.length).toBeGreaterThan(10);
  });

  it("reads our refusals as OpenAI's", async () => {
    const model = provider("nobody-0123456789").chat("gpt-5-mini");
    await expect(generateText({ model, prompt, maxRetries: 0 })).rejects.toMatchObject({
      statusCode: 401,
      data: { error: { code: "invalid_api_key" } },
    });
  });
});

describe("curl", () => {
  const curl = async (...args: string[]): Promise<string> => {
    const headers = ["-H", `authorization: Bearer ${ALICE}`, "-H", "content-type: application/json"];
    return (await promisify(execFile)("curl", ["-sS", "--max-time", "10", ...headers, ...args])).stdout;
  };
  const body = (more: object = {}) =>
    JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: prompt }], ...more });
  const address = () => `${broker.url}/v1/chat/completions`;

  it("chats", async () => {
    expect(await curl(address(), "-d", body())).toContain(said);
  });

  it("sees a stream", async () => {
    const text = await curl("-N", address(), "-d", body({ stream: true }));
    expect(text).toMatch(/^data: \{/);
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    expect(text).not.toContain("usage");
  });

  it("sends a large body only when it is told to go on", async () => {
    const large = body({ messages: [{ role: "user", content: "a".repeat(100_000) }] });
    const answer = await curl("-i", "-H", "expect: 100-continue", address(), "-d", large);
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200/);
  });
});

it("Azure's header api-key is a token like any other, and does not reach OpenAI", async () => {
  await using azure = await fakeOpenAi((answer) => void answer.writeHead(200).end("{}"));
  await using over = await createTestBroker({ openai: azure.baseUrl, yaml: relayYaml() });
  const ask = (headers: Record<string, string>) => over.fetch("/v1/models", { headers });
  expect((await ask({ "api-key": ALICE })).status).toBe(200);
  expect(azure.asked.map(({ headers }) => [headers["api-key"], headers.authorization])).toEqual([
    [undefined, "Bearer sk-test-broker"],
  ]);
  expect((await ask({ "api-key": "nobody-0123456789" })).status).toBe(401);
  expect((await ask({ "api-key": ALICE, authorization: "Bearer nobody-0123456789" })).status).toBe(401);
  expect(over.logs.at(-1)).toMatchObject({ reason: "credentials-ambiguous" });
  expect(JSON.stringify(over.logs)).not.toContain(ALICE);
});

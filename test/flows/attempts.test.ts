// What is told of a request that did not go well at once: each attempt at OpenAI, who broke an answer off, and what was known by then.
import { describe, expect, it } from "vitest";
import type { TestBroker } from "../support/broker.ts";
import { createTestBroker } from "../support/broker.ts";
import { type Behaviour, fakeOpenAi, refusing } from "../support/fake-openai.ts";
import { openRaw } from "../support/raw-connection.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { account, as, brokerOver, cutting, saying } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

const lineOf = async (broker: TestBroker) => {
  await until("it is logged", () => broker.logs.some(({ msg }) => msg === "request"));
  return broker.logs.find(({ msg }) => msg === "request");
};
const first = ", priority: 2";

describe("attempts", () => {
  it.each(["mint", "chat"] as const)("of a %s that a second key answers are both told", async (job) => {
    await using bad = await account({
      mints: saying(500, {}, { "x-request-id": "req_bad" }),
      chats: cutting,
    });
    await using good = await account();
    await using broker = await brokerOver({ bad: { ...bad, more: first }, good });
    expect((await as(broker, "alice")[job]()).status).toBe(200);
    expect(await lineOf(broker)).toMatchObject({
      status: 200,
      upstream_key: "good",
      attempts: [
        job === "mint"
          ? { key: "bad", outcome: "failed: error", status: 500, openai_request_id: "req_bad" }
          : { key: "bad", outcome: "failed: connection" },
        { key: "good", outcome: "answered", ms: expect.any(Number) },
      ],
    });
  });

  it("of a request that fails are all told, with the model that was asked for", async () => {
    await using bad = await account({ chats: saying(429, { code: "rate_limit_exceeded" }) });
    await using worse = await account({ chats: saying(401, { code: "invalid_api_key" }) });
    await using broker = await brokerOver({ bad: { ...bad, more: first }, worse });
    expect((await as(broker, "alice").chat("hello", "gpt-5-nano")).status).toBe(429);
    expect(await lineOf(broker)).toMatchObject({
      problem: "upstream-limited",
      model: "gpt-5-nano",
      attempts: [
        { key: "bad", outcome: "limited", status: 429 },
        { key: "worse", outcome: "key-invalid", status: 401 },
      ],
    });
  });

  it("are not told where the first went well", async () => {
    await using good = await account();
    await using broker = await brokerOver({ good });
    await as(broker, "alice").chat();
    expect((await lineOf(broker))?.attempts).toBeUndefined();
  });
});

describe("an answer that breaks off", () => {
  const usage = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}';
  const stream = (...data: string[]) => data.map((each) => `data: ${each}\n\n`).join("");
  const chunk = '{"choices":[{"index":0,"delta":{"content":"a"}}]}';
  const body = '{"model":"gpt-5-mini","messages":[],"stream":true}';
  const json = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
  const begin =
    (...data: string[]): Behaviour =>
    (answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream", "x-request-id": "req_1" });
      answer.write(stream(...data));
    };
  const setUp = async (behave: Behaviour) => {
    const openai = await fakeOpenAi(behave);
    const broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
    return {
      broker,
      openai,
      /** Leaves once `seen` has come. */
      askAndLeave: async (seen: string) => {
        const connection = await openRaw(broker.url);
        const fields = Object.entries({ host: "a", ...json, "content-length": body.length });
        const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
        connection.write(`POST /v1/chat/completions HTTP/1.1\r\n${head}\r\n${body}`);
        await until("the answer has begun", () => connection.received.includes(seen));
        connection.reset();
      },
      [Symbol.asyncDispose]: async () => {
        await broker.stop();
        await openai[Symbol.asyncDispose]();
      },
    };
  };

  it("as the caller leaves is told as aborted, without tokens where none were told", async () => {
    await using at = await setUp(begin(chunk));
    await at.askAndLeave('"a"');
    const line = await lineOf(at.broker);
    expect(line).toMatchObject({
      ...{ status: 200, aborted: true, model: "gpt-5-mini", openai_request_id: "req_1" },
      broken: expect.any(String),
    });
    expect(line?.tokens).toBeUndefined();
  });

  it("as the caller leaves after the usage was told has its tokens", async () => {
    await using at = await setUp(begin(chunk, usage, chunk));
    await at.askAndLeave('"a"');
    expect(await lineOf(at.broker)).toMatchObject({ aborted: true, tokens: { input: 3, output: 2 } });
  });

  it("at OpenAI is told as broken, and not as the caller's", async () => {
    await using at = await setUp((answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write(stream(chunk), () => answer.destroy());
    });
    const answer = await at.broker
      .fetch("/v1/chat/completions", { method: "POST", headers: json, body })
      .catch(() => undefined);
    await answer?.text().catch(() => {});
    const line = await lineOf(at.broker);
    expect(line).toMatchObject({ status: 200, broken: expect.any(String) });
    expect(line?.aborted).toBeUndefined();
  });

  it("before it has begun, as the caller leaves, has the model and the attempt", async () => {
    await using at = await setUp(() => {});
    const leaving = new AbortController();
    const answer = at.broker
      .fetch("/v1/chat/completions", { method: "POST", headers: json, body, signal: leaving.signal })
      .catch(() => {});
    await until("OpenAI was asked", () => at.openai.asked.length === 1);
    leaving.abort();
    await answer;
    expect(await lineOf(at.broker)).toMatchObject({
      ...{ status: 499, aborted: true, model: "gpt-5-mini", relay: "default" },
      attempts: [{ key: expect.any(String), outcome: "abandoned" }],
    });
  });

  it("is none where OpenAI refuses: the whole of it has come", async () => {
    await using at = await setUp(refusing(400));
    await at.broker.fetch("/v1/chat/completions", { method: "POST", headers: json, body });
    const line = await lineOf(at.broker);
    expect([line?.status, line?.aborted, line?.broken, line?.attempts]).toEqual([
      400,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

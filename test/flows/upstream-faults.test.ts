// What callers and operators learn when OpenAI refuses, is slow, or answers nonsense.
import { once } from "node:events";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { serve } from "../support/server.ts";

const faulty = async (fault: Record<string, unknown>, env: Record<string, string> = {}) => {
  await using openai = await emulateOpenAi();
  await openai.failMint(fault);
  await using broker = await createTestBroker({ openai: openai.baseUrl, env });
  const answer = await broker.fetch("/ephemeral-key");
  return { status: answer.status, headers: answer.headers, text: await answer.text(), logs: broker.logs };
};

const lastLine = (broker: Pick<TestBroker, "logs">) => JSON.stringify(broker.logs.at(-1));

it("keeps OpenAI's words on a wrong key from the caller, and the key's fragments from the log", async () => {
  const message = "Incorrect API key provided: sk-proj-*****wxyz. Find yours at https://platform.openai.com.";
  const { status, text, logs } = await faulty({
    status: 401,
    body: { error: { message, type: "invalid_request_error", code: "invalid_api_key", param: null } },
  });
  expect(status).toBe(502);
  expect(text).not.toMatch(/wxyz|sk-|Incorrect/);
  expect(lastLine({ logs })).toMatch(/invalid_api_key/);
  expect(lastLine({ logs })).not.toMatch(/wxyz|sk-proj/);
  expect(logs.at(-1)).toMatchObject({ level: "error", problem: "upstream-refused", cause: { status: 401 } });
});

it("passes on how long OpenAI asks to wait", async () => {
  const { status, headers } = await faulty({ status: 429, headers: { "retry-after": "7" } });
  expect([status, headers.get("retry-after")]).toEqual([429, "7"]);
});

it("names the field that OpenAI did not take, in the log", async () => {
  const { logs } = await faulty({
    status: 400,
    body: {
      error: { message: "Unknown parameter", code: "unknown_parameter", param: "session.x", type: "t" },
    },
  });
  expect(logs.at(-1)).toMatchObject({ cause: { code: "unknown_parameter", param: "session.x" } });
});

it.each([
  ["a proxy's page", { status: 200, body: "<html>sk-secret-0123456789</html>" }],
  [
    "broken JSON",
    { status: 200, headers: { "content-type": "application/json" }, body: '{"value":"ek_0123456789abcdef' },
  ],
  ["no key", { status: 200, body: { expires_at: 1, session: {} } }],
  [
    "a key of another kind",
    { status: 200, body: { value: "sk-0123456789abcdef", expires_at: 1, session: {} } },
  ],
  ["no expiry", { status: 200, body: { value: "ek_0123456789abcdef", session: {} } }],
  ["an error page", { status: 503, body: "<html>upstream sk-secret-0123456789</html>", times: 3 }],
])("does not take %s for a key", async (_, fault) => {
  const { status, text, logs } = await faulty(fault);
  expect(status).toBe(502);
  expect(text).not.toContain("html");
  expect(text + lastLine({ logs })).not.toMatch(/sk-|ek_0/);
});

it("gives up on a slow OpenAI after the configured time", async () => {
  const { status, text } = await faulty({ delay_ms: 3000 }, { OPENAI_TIMEOUT_MS: "150" });
  expect([status, text]).toEqual([504, expect.stringContaining("upstream-timeout")]);
});

it("says in the log that OpenAI cannot be reached", async () => {
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1" });
  expect((await broker.fetch("/ephemeral-key")).status).toBe(502);
  expect(lastLine(broker)).toMatch(/ECONNREFUSED/);
});

it("ends the call to OpenAI when the caller goes", async () => {
  const arrived = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using openai = await serve((request, answer) => {
    answer.once("close", () => ended.resolve());
    request.resume();
    arrived.resolve();
  });
  await using broker = await createTestBroker({ openai: `${openai.url}/v1` });
  const caller = new AbortController();
  const asked = fetch(`${broker.url}/ephemeral-key`, { signal: caller.signal });
  await arrived.promise;
  caller.abort();
  await expect(asked).rejects.toThrow();
  await ended.promise;
  await expect.poll(() => broker.logs.at(-1)?.status).toBe(499);
});

it.each([
  ["an error", 500, "", 3],
  ["a refusal of what was asked", 400, '{"error":{"message":"no","code":"unknown_parameter"}}', 1],
  ["an answer that may hold a key", 200, "{}", 1],
])("asks again after %s, or not: %i", async (_, status, body, times) => {
  let asked = 0;
  await using openai = await serve(async (request, answer) => {
    asked += 1;
    request.resume();
    await once(request, "end");
    answer.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  await using broker = await createTestBroker({ openai: `${openai.url}/v1` });
  expect((await broker.fetch("/ephemeral-key")).status).toBe(502);
  expect(asked).toBe(times);
});

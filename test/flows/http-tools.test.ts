// Tools that are an HTTP request: what comes back from the service behind them, good or bad.
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

const secret = "shop-secret-0123456789";

const withShop = async (respond: (response: ServerResponse) => unknown, pointer = "") => {
  const shop = await startBackend(respond);
  const yaml = `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [order] } }
tools: { order: { description: Finds an order., answer: "${pointer}", request: { url: "${shop.url}/order", headers: { authorization: "Bearer ${secret}" } } } }
`;
  const broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml });
  return {
    ask: () => broker.fetch("/order"),
    logs: broker.logs,
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await shop[Symbol.asyncDispose]();
    },
  };
};

const brokenJson = (response: ServerResponse) =>
  response.setHeader("content-type", "application/json").end("{inner");
const page = (response: ServerResponse) =>
  response.writeHead(404, { "content-type": "text/html" }).end("<h1>inner</h1>");
const gzipBomb = (response: ServerResponse) =>
  response.setHeader("content-encoding", "gzip").end(gzipSync("x".repeat(20_000_000)));
const cutShort = (response: ServerResponse) => {
  response.writeHead(200, { "content-length": "10" }).write("inner", () => response.destroy());
};

it.each<[what: string, respond: (response: ServerResponse) => unknown, code: string, words: string]>([
  [
    "a refusal of its credential",
    (response) => response.writeHead(401).end("inner"),
    "tool-failed",
    "answered 401",
  ],
  ["a refusal without words", (response) => response.writeHead(404).end(" "), "tool-failed", "answered 404"],
  ["a page for people", (response) => page(response), "tool-failed", "answered 404"],
  ["a failure", (response) => response.writeHead(500).end("inner"), "tool-failed", "answered 500"],
  ["JSON that is broken", brokenJson, "tool-failed", "order failed."],
  ["no answer at all", (response) => response.destroy(), "tool-failed", "order failed."],
  ["half an answer", cutShort, "tool-failed", "order failed."],
  ["too much", (response) => response.end("inner".repeat(60_000)), "tool-answer-too-large", "262144 bytes"],
  ["a small parcel that is large inside", gzipBomb, "tool-answer-too-large", "262144 bytes"],
])("answers %s from behind with a refusal of its own", async (_, respond, code, words) => {
  await using flow = await withShop(respond);
  const answer = await flow.ask();
  const problem = await problemIn(answer);
  expect([answer.status, problem.code, problem.detail]).toEqual([502, code, expect.stringContaining(words)]);
  expect(JSON.stringify(problem)).not.toContain("inner");
});

it.each([
  ["/data/a~1b/0", { status: "sent" }],
  ["/data/tilde~0", 7],
  ["/data", { "a/b": [{ status: "sent" }], "tilde~": 7 }],
  ["/data/missing/deeper", null],
  ["/data/constructor", null],
  ["/data/a~1b/length", 1],
])("keeps the part of a JSON answer that %s names", async (pointer, part) => {
  await using flow = await withShop(
    (response) => sendJson(response, { data: { "a/b": [{ status: "sent" }], "tilde~": 7 }, rest: "x" }),
    pointer,
  );
  expect(await (await flow.ask()).json()).toEqual(part);
});

const json = { "content-type": "application/json" };

it.each<[what: string, status: number, headers: Record<string, string>, body: string, answer: unknown]>([
  ["JSON", 404, json, '{"detail":"no such order"}', { detail: "no such order" }],
  [
    "problem JSON",
    409,
    { "content-type": "application/problem+json" },
    '{"title":"sent"}',
    { title: "sent" },
  ],
  [
    "text",
    422,
    { "content-type": "text/plain; charset=UTF-8" },
    "Six digits, please.",
    "Six digits, please.",
  ],
  ["text without a type", 403, {}, "Not yours.", "Not yours."],
  ["JSON that is broken", 400, json, "{inner", "{inner"],
])("gives the model the words of a refusal in %s", async (_, status, headers, body, answer) => {
  await using flow = await withShop((response) => response.writeHead(status, headers).end(body), "/part");
  const told = await flow.ask();
  const error = `The API refused the request with status ${status}.`;
  expect([told.status, await told.json()]).toEqual([200, { error, status, answer }]);
});

it("gives the model the beginning of a long refusal, and never the credential in it", async () => {
  const long = `${"x".repeat(7000)} ${secret} ${"y".repeat(900)}${secret.repeat(1000)}`;
  await using flow = await withShop((response) => response.writeHead(400).end(long));
  const { answer } = (await (await flow.ask()).json()) as { answer: string };
  expect(answer.length).toBeGreaterThan(7900);
  expect(answer).toMatch(/^x{7000} \[redacted\] y{900}/);
  expect(answer.length).toBeLessThan(8200);
  expect(answer).not.toContain(secret.slice(0, 8));
});

it("tells the log why a tool failed, without the credential", async () => {
  await using flow = await withShop((response) => response.writeHead(500).end(`db of ${secret} is down`));
  await flow.ask();
  const line = flow.logs.find(({ tool }) => tool === "order");
  expect(line).toMatchObject({
    level: "error",
    problem: "tool-failed",
    cause: { message: "the API answered 500: db of [redacted] is down" },
  });
});

it("gives the model no credential that was sent in the body", async () => {
  await using shop = await startBackend((response, { body }) => response.writeHead(400).end(`no: ${body}`));
  const request = `{ method: POST, url: "${shop.url}/", body: { login: { api_key: "${secret}" }, text: "{text}" } }`;
  const parameters = "{ type: object, properties: { text: { type: string } } }";
  const yaml = `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [order] } }
tools: { order: { description: Orders., parameters: ${parameters}, request: ${request} } }`;
  await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml });
  const { answer } = (await (await broker.fetch("/order?text=tea")).json()) as { answer: string };
  expect(answer).toBe('no: {"login":{"api_key":"[redacted]"},"text":"tea"}');
});

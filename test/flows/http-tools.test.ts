// Tools that are an HTTP request: what comes back from the service behind them, good or bad.
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

const withShop = async (respond: (response: ServerResponse) => unknown, pointer = "") => {
  const shop = await startBackend(respond);
  const yaml = `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [order] } }
tools: { order: { description: Finds an order., answer: "${pointer}", request: { url: "${shop.url}/order" } } }
`;
  const broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml });
  return {
    ask: () => broker.fetch("/order"),
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await shop[Symbol.asyncDispose]();
    },
  };
};

const brokenJson = (response: ServerResponse) =>
  response.setHeader("content-type", "application/json").end("{inner");
const gzipBomb = (response: ServerResponse) =>
  response.setHeader("content-encoding", "gzip").end(gzipSync("x".repeat(20_000_000)));
const cutShort = (response: ServerResponse) => {
  response.writeHead(200, { "content-length": "10" }).write("inner", () => response.destroy());
};

it.each<[what: string, respond: (response: ServerResponse) => unknown, code: string, words: string]>([
  ["a refusal", (response) => response.writeHead(403).end("inner"), "tool-failed", "answered 403"],
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

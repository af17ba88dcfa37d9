// Tools that are an HTTP request: what arguments can reach, what stays here, and what goes wrong behind them.
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { serve } from "../support/server.ts";

const openai = "http://127.0.0.1:9/v1";
const secret = "shop-secret-0123456789";

interface Seen {
  url: string | undefined;
  headers: IncomingMessage["headers"];
}

const withShop = async (
  respond: (request: IncomingMessage, answer: ServerResponse) => void,
  tool = "",
  env: Record<string, string> = {},
) => {
  const seen: Seen[] = [];
  const shop = await serve((request, answer) => {
    seen.push({ url: request.url, headers: request.headers });
    respond(request, answer);
  });
  const yaml = `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [order] } }
tools:
  order:
    description: Finds an order.
    parameters:
      type: object
      properties: { id: { type: string }, note: { type: string } }
      required: [id]
    request:
      url: ${shop.url}/orders/{id}/status
      query: { fixed: "1", note: "{note}" }
      headers: { authorization: "Bearer \${SHOP_TOKEN}" }
${tool}`;
  const broker = await createTestBroker({ openai, yaml, env: { SHOP_TOKEN: secret, ...env } });
  return {
    broker,
    shop,
    seen,
    call: async (args: object) => {
      const headers = { "content-type": "application/json" };
      const answer = await broker.fetch("/order", { method: "POST", headers, body: JSON.stringify(args) });
      const text = await answer.text();
      expect(text + JSON.stringify(broker.logs)).not.toContain(secret);
      return { status: answer.status, text };
    },
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await shop[Symbol.asyncDispose]();
    },
  };
};

const ok = (_: IncomingMessage, answer: ServerResponse) => answer.end("fine");

it("sends the configured request with its secret, and answers with what came back", async () => {
  await using flow = await withShop(ok);
  expect(await flow.call({ id: "A 7ü", note: "a&fixed=2#?" })).toEqual({ status: 200, text: "fine" });
  expect(flow.seen).toHaveLength(1);
  expect(flow.seen[0]?.url).toBe("/orders/A%207%C3%BC/status?fixed=1&note=a%26fixed%3D2%23%3F");
  expect(flow.seen[0]?.headers.authorization).toBe(`Bearer ${secret}`);
});

it.each([
  "..",
  ".",
  "",
  "../admin",
  "..\\admin",
  "%2e%2e",
  "a/b",
  "//evil.example",
  "a?x=1",
  "a#b",
  "a;b",
  "..;",
  "a\r\nX-Evil: 1",
  "a\u0000b",
  "\ud800",
  "@evil.example/\u0007",
])("refuses the path argument %j, and sends nothing", async (id) => {
  await using flow = await withShop(ok);
  const { status, text } = await flow.call({ id });
  expect([status, text]).toEqual([422, expect.stringContaining('"/id"')]);
  expect(flow.seen).toEqual([]);
});

it.each([
  "@evil.example",
  "a:80",
  "evil.example",
  "{note}",
  `\${SHOP_TOKEN}`,
  "a&b=c",
  "__proto__",
  "ä".repeat(50),
])("keeps the path argument %j within its one segment of the one host", async (id) => {
  await using flow = await withShop(ok);
  expect((await flow.call({ id })).status).toBe(200);
  const url = new URL(flow.seen[0]?.url ?? "", flow.shop.url);
  expect(url.pathname.split("/")).toHaveLength(4);
  expect(decodeURIComponent(url.pathname)).toBe(`/orders/${id}/status`);
  expect([...url.searchParams.keys()]).toEqual(["fixed"]);
  expect(flow.seen[0]?.headers.host).toBe(new URL(flow.shop.url).host);
});

it("does not follow a redirect to another host", async () => {
  const stolen: string[] = [];
  await using thief = await serve((request, answer) => {
    stolen.push(String(request.headers.authorization));
    answer.end("got it");
  });
  await using flow = await withShop((_, answer) => answer.writeHead(302, { location: thief.url }).end());
  expect((await flow.call({ id: "1" })).status).toBe(502);
  expect(stolen).toEqual([]);
});

it.each([
  [
    "a refusal",
    (_: IncomingMessage, answer: ServerResponse) => answer.writeHead(403).end("inner secret"),
    502,
    "answered 403",
  ],
  [
    "broken JSON",
    (_: IncomingMessage, answer: ServerResponse) =>
      answer.setHeader("content-type", "application/json").end("{inner"),
    502,
    "tool-failed",
  ],
  ["a connection cut short", (request: IncomingMessage) => request.socket.destroy(), 502, "tool-failed"],
  [
    "too much",
    (_: IncomingMessage, answer: ServerResponse) => answer.end("x".repeat(300_000)),
    502,
    "tool-answer-too-large",
  ],
  [
    "a small parcel that is large inside",
    (_: IncomingMessage, answer: ServerResponse) =>
      answer.setHeader("content-encoding", "gzip").end(gzipSync("x".repeat(20_000_000))),
    502,
    "tool-answer-too-large",
  ],
])("answers %s from behind with a refusal of its own", async (_, respond, status, words) => {
  await using flow = await withShop(respond);
  const answer = await flow.call({ id: "1" });
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
  expect(answer.text).not.toContain("inner");
});

it("waits for no tool longer than its time", async () => {
  await using flow = await withShop(() => {}, "    timeout_ms: 100");
  const answer = await flow.call({ id: "1" });
  expect([answer.status, answer.text]).toEqual([504, expect.stringContaining("100 ms")]);
});

it("gives up on the tool when the caller goes", async () => {
  const arrived = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  await using flow = await withShop((request) => {
    request.socket.once("close", () => ended.resolve());
    arrived.resolve();
  });
  const caller = new AbortController();
  const asked = fetch(`${flow.broker.url}/order?id=1`, { signal: caller.signal });
  await arrived.promise;
  caller.abort();
  await expect(asked).rejects.toThrow();
  await ended.promise;
});

it("keeps the part of a JSON answer that the configuration names", async () => {
  const body = JSON.stringify({ data: { "a/b": [{ status: "sent" }] }, rest: "x" });
  const respond = (_: IncomingMessage, answer: ServerResponse) =>
    answer.setHeader("content-type", "application/vnd.api+json").end(body);
  await using flow = await withShop(respond, "    answer: /data/a~1b/0");
  expect((await flow.call({ id: "1" })).text).toBe('{"status":"sent"}');
});

// Whatever an argument holds, an HTTP tool calls the configured host, path and headers, or nobody.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Backend, sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

const secret = "shop-secret-0123456789";
let backend: Backend;
let elsewhere: Backend;
let broker: TestBroker;

const yaml = (url: string) => `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [order, note] } }
tools:
  order:
    description: Looks up an order.
    parameters: &shape
      type: object
      properties: { id: { type: string }, lang: { type: string } }
      required: [id]
    request:
      url: ${url}/shops/main/orders/{id}/status
      query: { lang: "{lang}", key: fixed }
      headers: { authorization: "Bearer \${SHOP_SECRET}", x-shop: main }
  note:
    description: Keeps a note.
    parameters: *shape
    request:
      method: PUT
      url: ${url}/notes
      headers: { authorization: "Bearer \${SHOP_SECRET}" }
      body: { id: "{id}", text: "about {id}", fixed: { admin: false } }
`;

beforeAll(async () => {
  backend = await startBackend((response) => sendJson(response, { ok: true }));
  elsewhere = await startBackend((response) => sendJson(response, { stolen: true }));
  const env = { SHOP_SECRET: secret };
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: yaml(backend.url), env });
});
afterAll(async () => {
  await broker.stop();
  await backend[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});
beforeEach(() => {
  backend.requests.length = 0;
});

const call = (tool: string, args: Record<string, string>) =>
  broker.fetch(`/${tool}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-shop": "other", cookie: "session=mine" },
    body: JSON.stringify(args),
  });

it("sends the configured request, and nothing of the caller's but the arguments", async () => {
  const answer = await call("order", { id: "A 17é☀", lang: "de&key=other#x" });
  expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
  const [sent] = backend.requests;
  expect([sent?.method, sent?.body]).toEqual(["GET", ""]);
  expect(sent?.url).toBe(
    "/shops/main/orders/A%2017%C3%A9%E2%98%80/status?lang=de%26key%3Dother%23x&key=fixed",
  );
  expect(sent?.headers).toMatchObject({
    host: new URL(backend.url).host,
    authorization: `Bearer ${secret}`,
    "x-shop": "main",
  });
  expect(sent?.headers).not.toHaveProperty("cookie");
});

it.each([
  [".."],
  ["."],
  ["..."],
  ["../../admin"],
  ["..\\..\\admin"],
  ["%2e%2e"],
  ["%2e%2e%2fadmin"],
  ["..;"],
  ["a;b=c"],
  ["/"],
  ["//evil.example"],
  ["a/b"],
  ["a\\b"],
  ["a?b=c"],
  ["a#b"],
  ["a%00"],
  ["a\0"],
  ["a\r\nX-Injected: 1"],
  ["a\n"],
  ["a\t"],
  ["\u0085"],
  ["\ud800"],
  [""],
])("makes no request for the path segment %j", async (id) => {
  const answer = await call("order", { id });
  const problem = await problemIn(answer);
  expect([answer.status, problem.code, problem.errors?.map(({ pointer }) => pointer)]).toEqual([
    422,
    "arguments-invalid",
    ["/id"],
  ]);
  expect(backend.requests).toEqual([]);
});

it.each([
  ["@evil.example"],
  ["user:pass@evil.example"],
  ["http:evil.example"],
  [":80"],
  ["evil.example"],
  ["{lang}"],
  ["$1"],
  ["$&"],
  ["．．"],
  ["‥"],
  ["／etc"],
  ["\u202e"],
  ["\ufeff"],
  ["a&b=c"],
  ["a=b+c"],
  ["[::1]"],
  ["~root"],
  ["a..b"],
  ["*"],
  ["constructor"],
])("keeps %j in its one path segment", async (id) => {
  const answer = await call("order", { id, lang: "en" });
  expect(answer.status).toBe(200);
  const url = new URL(backend.requests[0]?.url ?? "", backend.url);
  const segments = url.pathname.split("/");
  expect([...segments.slice(0, 4), segments.length]).toEqual(["", "shops", "main", "orders", 6]);
  expect(decodeURIComponent(segments[4] ?? "")).toBe(id);
  expect([...url.searchParams]).toEqual([
    ["lang", "en"],
    ["key", "fixed"],
  ]);
});

it.each([
  ["x&key=other"],
  ["x#fragment"],
  ["x\r\nX-Injected: 1"],
  ["\0"],
  ["../../admin"],
  ["x?y=z"],
  ["a+b c%20d"],
  ["☀"],
])("keeps %j in its one query value", async (lang) => {
  const answer = await call("order", { id: "1", lang });
  expect(answer.status).toBe(200);
  const url = new URL(backend.requests[0]?.url ?? "", backend.url);
  expect(url.pathname).toBe("/shops/main/orders/1/status");
  expect([...url.searchParams]).toEqual([
    ["lang", lang],
    ["key", "fixed"],
  ]);
  expect(backend.requests[0]?.headers).not.toHaveProperty("x-injected");
});

it.each([['"},"fixed":{"admin":true}'], ['\\"'], ["\r\n\r\nGET / HTTP/1.1"], ["{id}"], ["$&"], ["\0"]])(
  "keeps %j in its one place of the body",
  async (id) => {
    const answer = await call("note", { id });
    expect(answer.status).toBe(200);
    const sent = backend.requests.map(({ method, url, body }) => [method, url, JSON.parse(body)]);
    expect(sent).toEqual([["PUT", "/notes", { id, text: `about ${id}`, fixed: { admin: false } }]]);
  },
);

it("leaves out of the address what the caller left out", async () => {
  await call("order", { id: "1" });
  expect(backend.requests[0]?.url).toBe("/shops/main/orders/1/status?key=fixed");
});

it("follows no redirect, to this host or another, and takes its secret nowhere", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    await using turning = await startBackend((response, { url }) =>
      url?.startsWith("/shops")
        ? response.writeHead(status, { location: status === 301 ? "/local" : elsewhere.url }).end()
        : sendJson(response, { followed: true }),
    );
    const yamlHere = yaml(turning.url);
    const env = { SHOP_SECRET: secret };
    await using other = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: yamlHere, env });
    const answer = await other.fetch("/order?id=1");
    expect([answer.status, (await problemIn(answer)).code]).toEqual([502, "tool-failed"]);
    expect(turning.requests.length).toBe(1);
  }
  expect(elsewhere.requests).toEqual([]);
});

it("never tells the caller or the log its secret", () => {
  expect(broker.logs.length).toBeGreaterThan(50);
  expect(JSON.stringify(broker.logs)).not.toContain(secret);
});

// Web requests: the service behind Next.js, Hono and the like.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { POST } from "../../examples/nextjs/app/voice/[...path]/route.ts";
import { alice, startMounted } from "../support/mounted.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { until } from "../support/wait.ts";

let openai: EmulatedOpenAi;
beforeAll(async () => {
  openai = await emulateOpenAi();
});
afterAll(() => openai[Symbol.asyncDispose]());

type Rest = Parameters<typeof startMounted> extends [unknown, ...infer More] ? More : never;
const start = (...rest: Rest) => startMounted(openai, ...rest);

const post = (body: BodyInit, headers: Record<string, string> = {}) => ({
  ...{ method: "POST", headers: { ...alice, "content-type": "application/json", ...headers }, body },
  duplex: "half",
});
const request = (path: string, init: object = { headers: alice }) =>
  new Request(`http://app.example${path}`, init);

it("a web request is answered as any other", async () => {
  await using broker = await start();
  const got = await broker.fetch(request("/convert_units?value=1&from=mile&to=kilometre"));
  expect([got.status, await got.json()]).toEqual([200, expect.objectContaining({ result: 1.609344 })]);
  const body = JSON.stringify({ value: 1, from: "mile", to: "kilometre" });
  expect((await broker.fetch(request("/convert_units", post(body)))).status).toBe(200);
  expect(got.headers.get("connection")).toBeNull();
  expect(got.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
});

it("HEAD, and what the client has already, have no body", async () => {
  await using broker = await start();
  const head = await broker.fetch(request("/client.js", { method: "HEAD" }));
  const etag = head.headers.get("etag") ?? "";
  const known = await broker.fetch(request("/client.js", { headers: { "if-none-match": etag } }));
  expect([head.status, head.body, known.status, known.body]).toEqual([200, null, 304, null]);
});

it("a compressed file stays as it is", async () => {
  await using broker = await start();
  const answer = await broker.fetch(request("/", { headers: { "accept-encoding": "gzip" } }));
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  expect(new Uint8Array(await answer.arrayBuffer()).subarray(0, 2)).toEqual(new Uint8Array([0x1f, 0x8b]));
});

it("a relayed answer streams, and ends at OpenAI when its reader leaves", async () => {
  await using broker = await start();
  const chat = { model: "gpt-5.4-mini", stream: true, messages: [{ role: "user", content: "hello" }] };
  const answer = await broker.fetch(request("/v1/chat/completions", post(JSON.stringify(chat))));
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toMatch(/^data: /);
  await reader?.cancel();
  await until("the request has ended", () => broker.lines.some(({ route }) => route === "/v1/*"));
});

it("a request that its caller gives up ends", async () => {
  await using broker = await start();
  await openai.failMint({ delay_ms: 5000, times: 1 });
  const giveUp = new AbortController();
  const answer = broker.fetch(request("/ephemeral-key", { headers: alice, signal: giveUp.signal }));
  const refused = expect(answer).rejects.toThrow("enough");
  setTimeout(() => giveUp.abort(new Error("enough")), 100);
  await refused;
  await until("it is in the log", () => broker.lines.some(({ status }) => status === 499));
});

it("a large body is refused, whether its length is stated or not", async () => {
  await using broker = await start();
  const text = JSON.stringify({ value: "x".repeat(200_000) });
  const stream = new Blob([text]).stream();
  for (const init of [post(text, { "content-length": String(text.length) }), post(stream)]) {
    expect((await broker.fetch(request("/ephemeral-key", init))).status).toBe(413);
  }
});

it("a body that is longer than it says is no second request", async () => {
  await using broker = await start();
  const second = "GET /tools HTTP/1.1\r\nHost: a\r\n\r\n";
  const answer = await broker.fetch(request("/current_time", post(`{}${second}`, { "content-length": "2" })));
  expect(answer.status).toBe(400);
  expect(broker.lines.filter(({ route }) => route === "/tools")).toEqual([]);
});

it("a body that has come whole and ends a moment later is not cancelled, as frameworks fail at that", async () => {
  await using broker = await start();
  const text = new TextEncoder().encode(JSON.stringify({ value: 1, from: "mile", to: "kilometre" }));
  const cancelled: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: async (controller) => {
      controller.enqueue(text);
      await ended.promise;
      controller.close();
    },
    cancel: (reason) => void cancelled.push(reason),
  });
  const sent = post(body, { "content-length": String(text.length) });
  const got = await broker.fetch(request("/convert_units", sent));
  expect([got.status, await got.json()]).toEqual([200, expect.objectContaining({ result: 1.609344 })]);
  await until("its connection is closed", async () => broker.fetch(request("/tools")).then(({ ok }) => ok));
  ended.resolve();
  expect(cancelled).toEqual([]);
});

it("a body whose answer has come before its end is cancelled", async () => {
  await using broker = await start();
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => cancelled.resolve(),
  });
  const got = await broker.fetch(request("/convert_units", post(body, { "content-length": "900000000" })));
  expect(got.status).toBe(413);
  await got.text();
  await cancelled.promise;
});

it("fields of a connection are not the request's", async () => {
  await using broker = await start();
  const fields = { ...alice, connection: "upgrade", upgrade: "websocket", expect: "100-continue" };
  const answer = await broker.fetch(request("/v1/realtime?model=gpt-realtime-2.1", { headers: fields }));
  expect(answer.status).toBe(426);
});

it("limits go by the address that is handed over; without one all callers are one, and none is local", async () => {
  await using broker = await start({ limits: { address: "1 per hour" }, callers: { guests: "loopback" } });
  const ask = async (...peer: [] | [object]) =>
    (await broker.fetch(request("/problems", {}), ...peer)).status;
  const incoming = { socket: { remoteAddress: "203.0.113.3" } };
  expect([
    await ask({ address: "203.0.113.1" }),
    await ask({ address: "203.0.113.2" }),
    await ask({ incoming }),
  ]).toEqual([200, 200, 200]);
  expect([await ask(), await ask(), await ask({ incoming })]).toEqual([200, 429, 429]);
  await using other = await start({ callers: { guests: "loopback" } });
  const token = { authorization: `Bearer ${other.localGuestToken}` };
  const local = new Request("http://127.0.0.1/tools", { headers: token });
  expect((await other.fetch(local)).status).toBe(401);
  expect((await other.fetch(local, { address: "127.0.0.1" })).status).toBe(200);
});

it("Next.js' route handler answers", async () => {
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: openai.baseUrl };
  for (const [name, value] of Object.entries({
    ...env,
    DATABASE_URL: "sqlite::memory:",
    LOG_LEVEL: "silent",
  })) {
    vi.stubEnv(name, value);
  }
  const headers = {
    cookie: "session=s3ss10n-of-ada",
    origin: "http://localhost:3000",
    host: "localhost:3000",
  };
  const answer = await POST(
    new Request("http://localhost:3000/voice/ephemeral-key", { method: "POST", headers }),
  );
  expect([answer.status, await answer.json()]).toEqual([
    200,
    expect.objectContaining({ profile: "default" }),
  ]);
});

it("a body of DELETE or OPTIONS is no second request", async () => {
  await using broker = await start();
  const answers = ["DELETE", "OPTIONS"].map(async (method) => {
    const { status } = await broker.fetch(request("/v1/files/file-1", { ...post("{}"), method }));
    return status;
  });
  expect(await Promise.all(answers)).toEqual([403, 405]);
});

it("an answer that is not read is cut off", async () => {
  await using broker = await start({ settings: { request_timeout_seconds: 1 } });
  const chat = { model: "gpt-5.4-mini", messages: [{ role: "user", content: "x".repeat(900_000) }] };
  const answer = await broker.fetch(request("/v1/chat/completions", post(JSON.stringify(chat))));
  await until("it is in the log", () => broker.lines.some(({ broken }) => broken !== undefined));
  await expect(answer.text()).rejects.toThrow();
});

it("a request whose body was read, or that was given up before, rejects and holds nothing", async () => {
  await using broker = await start();
  const read = request("/current_time", post("{}"));
  await read.text();
  await expect(broker.fetch(read)).rejects.toThrow("the application has read the body");
  const signal = AbortSignal.abort(new Error("no time left"));
  await expect(broker.fetch(request("/tools", { signal }))).rejects.toThrow("no time left");
  expect(broker.lines).toEqual([]);
});

// How a tool call ends when something goes wrong: the caller learns little, the log learns why.
import { expect, it } from "vitest";
import { type Backend, sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBrokerOptions } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

const secret = "shop-secret-0123456789";

const brokerFor = (url: string, more: string[] = [], options: Partial<TestBrokerOptions> = {}) =>
  createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env: { SHOP_SECRET: secret },
    yaml: `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [stock] } }
tools:
  stock:
    description: Counts what is left.
    parameters: { type: object, properties: { item: { type: string } } }
    request:
      url: ${url}/stock
      query: { item: "{item}" }
      headers: { authorization: "Bearer \${SHOP_SECRET}" }
${more.map((line) => `    ${line}`).join("\n")}
`,
    ...options,
  });

const requestLine = (logs: Record<string, unknown>[]) => logs.find(({ msg }) => msg === "request");

it("waits no longer for a tool that ignores that its time is up", async () => {
  const deaf: typeof fetch = () => new Promise(() => {});
  await using broker = await brokerFor("http://127.0.0.1:9", ["timeout_ms: 50"], { fetch: deaf });
  const answer = await broker.fetch("/stock");
  expect([answer.status, (await problemIn(answer)).detail]).toEqual([504, "stock took longer than 50 ms."]);
});

it("is not disturbed by a tool that fails after its time", async () => {
  const late = Promise.withResolvers<Response>();
  await using broker = await brokerFor("http://127.0.0.1:9", ["timeout_ms: 50"], {
    fetch: () => late.promise,
  });
  expect((await broker.fetch("/stock")).status).toBe(504);
  late.reject(new Error("too late"));
  expect((await broker.fetch("/healthz")).status).toBe(200);
});

it("stops reading an answer that never ends, and closes that connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using backend = await startBackend((response) => {
    response.once("close", () => closed.resolve());
    response.writeHead(200, { "content-type": "application/json" }).write("[1,");
  });
  await using broker = await brokerFor(backend.url, ["timeout_ms: 100"]);
  expect((await broker.fetch("/stock")).status).toBe(504);
  await closed.promise;
});

it("stops the tool when the caller goes, and logs that nobody was answered", async () => {
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  await using backend = await startBackend((response) => {
    response.once("close", () => closed.resolve());
    arrived.resolve();
  });
  await using broker = await brokerFor(backend.url, ["timeout_ms: 60000"]);
  const caller = new AbortController();
  const asked = fetch(`${broker.url}/stock`, { signal: caller.signal });
  await arrived.promise;
  caller.abort();
  await expect(asked).rejects.toThrow();
  await closed.promise;
  await expect
    .poll(() => requestLine(broker.logs))
    .toMatchObject({ tool: "stock", status: 499, aborted: true, level: "info" });
});

it("takes no more than the operator allows a tool to answer", async () => {
  await using backend = await startBackend((response, { url }) => sendJson(response, url?.slice(12)));
  await using broker = await brokerFor(backend.url, ["max_answer_bytes: 10"]);
  expect((await broker.fetch("/stock?item=12345678")).status).toBe(200);
  const refused = await broker.fetch("/stock?item=123456789");
  expect([refused.status, await problemIn(refused)]).toMatchObject([
    502,
    { code: "tool-answer-too-large", detail: "stock answered more than 10 bytes." },
  ]);
});

it("measures the answer as the caller would get it", async () => {
  await using backend = await startBackend((response) =>
    response.writeHead(200, { "content-type": "application/json" }).end("[1e20,1e20]"),
  );
  await using broker = await brokerFor(backend.url, ["max_answer_bytes: 11"]);
  const answer = await broker.fetch("/stock");
  expect([answer.status, (await problemIn(answer)).code]).toEqual([502, "tool-answer-too-large"]);
});

it("tells the log that nobody listens there, and the caller only that it failed", async () => {
  const gone: Backend = await startBackend(() => {});
  await gone[Symbol.asyncDispose]();
  await using broker = await brokerFor(gone.url);
  const answer = await broker.fetch("/stock");
  const problem = await problemIn(answer);
  expect([answer.status, problem.code, problem.detail]).toEqual([502, "tool-failed", "stock failed."]);
  expect(JSON.stringify(problem)).not.toMatch(/ECONN|127\.0\.0\.1/);
  expect(requestLine(broker.logs)).toMatchObject({ level: "error", problem: "tool-failed" });
  expect(JSON.stringify(requestLine(broker.logs))).toContain("ECONNREFUSED");
});

it("keeps its secret when the service behind it repeats it in a refusal", async () => {
  await using backend = await startBackend((response, { headers }) =>
    response
      .writeHead(401, { "x-seen": headers.authorization ?? "" })
      .end(`Unknown: ${headers.authorization}`),
  );
  await using broker = await brokerFor(backend.url);
  const answer = await broker.fetch("/stock");
  const text = JSON.stringify([...answer.headers]) + (await answer.text());
  expect([answer.status, text]).toEqual([502, expect.stringContaining("answered 401")]);
  expect(text + JSON.stringify(broker.logs)).not.toContain(secret);
});

it.each([["one\ntwo"], ["clé-☀"], ["nul\0"]])(
  "does not start with a secret that no header can hold, and does not say it: %j",
  async (unsendable) => {
    const whole = `shop-${unsendable}-0123456789`;
    const starting = brokerFor("http://127.0.0.1:9", [], { env: { SHOP_SECRET: whole } });
    const refusal: { problems: string[] } = await starting.then(
      () => ({ problems: [] }),
      (error) => error,
    );
    expect(refusal.problems.join()).toContain("tools.stock.request.headers.authorization");
    expect(refusal.problems.join()).not.toContain(whole);
  },
);

// Traces by OTLP: what a receiver gets of a request, and what goes on with the trace.
import { expect, it } from "vitest";
import { startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { chatAnswer, fakeOpenAi } from "../support/fake-openai.ts";
import { startMcpShop } from "../support/mcp-shop.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { account, as, brokerOver, minted, saying, statusOf } from "../support/upstream.ts";

const CALLERS = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${CALLERS}-b7ad6b7169203331-01`;
const yaml = relayYaml("{ all: { allow: [everyone] } }");

const chat = (broker: TestBroker, headers: Record<string, string> = {}) =>
  broker.fetch("/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${ALICE}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "a secret question" }] }),
  });
const logged = ({ logs }: TestBroker) => logs.filter(({ msg }) => msg === "request");

it("tells of a chat the request, the job with its tokens, and the attempt at OpenAI", async () => {
  await using receiver = await startOtlpReceiver();
  await using openai = await fakeOpenAi(chatAnswer);
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
    OTEL_EXPORTER_OTLP_HEADERS: "x-token=a%20b,x-other=1",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
  };
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  await statusOf(chat(broker));
  const request = await receiver.span("POST /v1/*");
  const job = await receiver.span("chat");
  const attempt = await receiver.span("openai default");
  expect([request.kind, job.kind, attempt.kind]).toEqual([2, 3, 3]);
  expect([request.parentSpanId ?? "", job.parentSpanId, attempt.parentSpanId]).toEqual([
    "",
    request.spanId,
    job.spanId,
  ]);
  expect(request.attributes).toMatchObject({ "http.route": "/v1/*", "http.response.status_code": 200 });
  expect(job.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5-mini",
    "gen_ai.usage.input_tokens": 3,
    "gen_ai.usage.output_tokens": 2,
  });
  expect(attempt.attributes).toMatchObject({
    "broker.outcome": "answered",
    "broker.upstream_key": "default",
  });
  expect(Number(request.endTimeUnixNano)).toBeGreaterThanOrEqual(Number(request.startTimeUnixNano));
  expect(logged(broker)).toMatchObject([{ trace_id: request.traceId }]);
  expect(receiver.headers[0]).toMatchObject({ path: "/v1/traces", "x-token": "a b", "x-other": "1" });
  expect(receiver.resource).toMatchObject({
    "service.name": "realtime-key-broker",
    "deployment.environment.name": "test",
  });
  const told = JSON.stringify([receiver.spans, receiver.resource]);
  for (const secret of ["secret question", ALICE, "alice", "sk-test"]) expect(told).not.toContain(secret);
});

it("goes on with the caller's trace, unless the operator does not want that", async () => {
  await using receiver = await startOtlpReceiver();
  await using openai = await fakeOpenAi(chatAnswer);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  await statusOf(chat(broker, { traceparent }));
  expect(await receiver.span("POST /v1/*")).toMatchObject({
    traceId: CALLERS,
    parentSpanId: "b7ad6b7169203331",
  });
  await using own = await createTestBroker({
    openai: openai.baseUrl,
    yaml,
    env: { ...env, TRACE_CALLERS: "false" },
  });
  await statusOf(chat(own, { traceparent }));
  await own.stop();
  expect(receiver.spans.at(-1)?.traceId).not.toBe(CALLERS);
  expect(receiver.spans).toHaveLength(6);
});

it.each([
  ["words", { traceparent: "garbage" }],
  ["a trace of zeros", { traceparent: `00-${"0".repeat(32)}-b7ad6b7169203331-01` }],
  ["two of them", { traceparent: `${traceparent}, ${traceparent}` }],
  ["a very long one", { traceparent: traceparent.padEnd(8000, "0") }],
  ["a state without a trace", { tracestate: `a=${"x".repeat(8000)}` }],
])("begins a trace of its own where a caller sends %s", async (_, headers: Record<string, string>) => {
  await using receiver = await startOtlpReceiver();
  await using openai = await fakeOpenAi(chatAnswer);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, TRACE_TO_OPENAI: "true" };
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  expect(await statusOf(chat(broker, headers))).toBe(200);
  const { traceId, parentSpanId } = await receiver.span("POST /v1/*");
  expect([parentSpanId ?? "", traceId.length]).toEqual(["", 32]);
  expect(traceId).not.toMatch(/^0+$|^0af/);
  expect(openai.asked[0]?.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
});

it("tells OpenAI nothing of the trace, unless that is wanted; and passes no list that is too long on", async () => {
  await using receiver = await startOtlpReceiver();
  await using openai = await fakeOpenAi((answer, asked, request) =>
    asked.url.endsWith("client_secrets") ? minted(answer) : chatAnswer(answer, asked, request),
  );
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  await using quiet = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  await statusOf(chat(quiet, { traceparent, tracestate: "a=1" }));
  expect(openai.asked[0]?.headers).not.toHaveProperty("traceparent");
  expect(openai.asked[0]?.headers).not.toHaveProperty("tracestate");
  const telling = { ...env, TRACE_TO_OPENAI: "true" };
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, env: telling });
  await statusOf(chat(broker, { traceparent, tracestate: `a=1,b=${"x".repeat(4000)}` }));
  const authorization = `Bearer ${ALICE}`;
  await statusOf(broker.fetch("/ephemeral-key", { headers: { authorization, traceparent } }));
  await broker.stop();
  const [, chatted, asked] = openai.asked;
  const attempts = receiver.spans.filter(({ name }) => name === "openai default").slice(-2);
  expect([chatted?.headers.traceparent, asked?.headers.traceparent]).toEqual(
    attempts.map(({ spanId }) => `00-${CALLERS}-${spanId}-01`),
  );
  expect(String(chatted?.headers.tracestate ?? "").length).toBeLessThan(513);
});

it("tools of HTTP and of MCP servers go on with the trace", async () => {
  await using receiver = await startOtlpReceiver();
  await using backend = await startBackend((response) => response.end("sunny"));
  await using shop = await startMcpShop();
  await using broker = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    yaml: `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [weather, "shop__*"] } }
tools: { weather: { description: Tells it., request: { url: "${backend.url}/weather" } } }
mcp_servers: { shop: { url: "${shop.url}/mcp" } }`,
  });
  await expect.poll(() => statusOf(broker.fetch("/shop__find?name=pen"))).toBe(200);
  await statusOf(broker.fetch("/weather", { headers: { traceparent } }));
  const { spanId, attributes } = await receiver.span("execute_tool weather");
  expect(attributes).toEqual({
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "weather",
    "gen_ai.tool.type": "function",
  });
  expect(backend.requests.at(-1)?.headers.traceparent).toBe(`00-${CALLERS}-${spanId}-01`);
  const find = await receiver.span("execute_tool shop__find");
  expect(shop.bodies.join()).toContain(`"traceparent":"00-${find.traceId}-${find.spanId}-01"`);
});

it("tells of each attempt how it ended", async () => {
  await using receiver = await startOtlpReceiver();
  await using bad = await account({ mints: saying(500, { code: "server_error" }) });
  await using good = await account();
  await using broker = await brokerOver(
    { bad: { baseUrl: bad.baseUrl, more: ", priority: 1" }, good: { baseUrl: good.baseUrl } },
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } },
  );
  expect(await statusOf(as(broker, "alice").mint())).toBe(200);
  const job = await receiver.span("mint default");
  const [first, second] = [await receiver.span("openai bad"), await receiver.span("openai good")];
  expect([first.parentSpanId, second.parentSpanId]).toEqual([job.spanId, job.spanId]);
  expect([first.status.code, first.attributes["http.response.status_code"]]).toEqual([2, 500]);
  expect(first.attributes["error.type"]).toBe("failed: error");
  expect([second.status.code ?? 0, second.attributes["http.request.resend_count"]]).toEqual([0, 1]);
});

// Behind a company's proxy, through which alone other servers are reached, each by TLS under a certificate of the company's authority.
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type Backend, sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { createAuthority, trusting } from "../support/certificates.ts";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.ts";
import { type KeyServer, startKeyServer } from "../support/key-server.ts";
import { startMcpShop } from "../support/mcp-shop.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { ALICE } from "../support/relay-client.ts";
import { startTlsFront } from "../support/tls-front.ts";
import { receiveWebhooks, WEBHOOK_SECRET, type WebhookReceiver } from "../support/webhook-receiver.ts";

const stack = new AsyncDisposableStack();
let proxy: ConnectProxy;
let broker: TestBroker;
let keys: KeyServer;
let api: Backend;
let hooks: WebhookReceiver;
let traces: OtlpReceiver;

const PASSWORD = "proxy-secret-1";
const description = {
  openapi: "3.0.3",
  paths: { "/orders": { get: { operationId: "find_orders", summary: "Finds orders." } } },
};

beforeAll(async () => {
  const authority = stack.use(createAuthority());
  stack.use(trusting(authority));
  const openai = stack.use(await emulateOpenAi());
  keys = stack.use(await startKeyServer());
  api = stack.use(
    await startBackend((response, { url }) =>
      sendJson(response, url === "/openapi.json" ? description : { asked: url }),
    ),
  );
  const shop = stack.use(await startMcpShop());
  hooks = stack.use(await receiveWebhooks());
  traces = stack.use(await startOtlpReceiver());
  const servers = { openai: openai.baseUrl, keys: keys.url, api: api.url, shop: shop.url };
  const others = { hooks: hooks.url, traces: traces.url };
  const hosts: Record<string, number> = {};
  for (const [name, url] of Object.entries({ ...servers, ...others })) {
    const front = stack.use(await startTlsFront(url, authority.issue([`${name}.test`])));
    hosts[`${name}.test:443`] = front.port;
  }
  proxy = stack.use(await startConnectProxy({ hosts, credentials: `broker:${PASSWORD}` }));
  broker = await createTestBroker({
    openai: "https://openai.test/v1",
    env: {
      https_proxy: `http://broker:${PASSWORD}@127.0.0.1:${proxy.port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://traces.test",
    },
    yaml: `
callers:
  guests: loopback
  tokens: [{ name: alice, token: ${ALICE} }]
  issuers: [{ issuer: "${keys.url}", audience: voice, algorithms: [ES256], jwks_url: "https://keys.test/keys" }]
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [ask_api, find_orders, shop__find] } }
tools: { ask_api: { description: Asks., parameters: { type: object, properties: {} }, request: { url: "https://api.test/asked" } } }
openapi: [{ document: "https://api.test/openapi.json", base_url: "https://api.test", operations: [find_orders] }]
mcp_servers: { shop: { url: "https://shop.test/mcp" } }
budgets: [{ name: daily, requests: 10, per: day }]
alerts: { webhook: { url: "https://hooks.test/", secret: ${WEBHOOK_SECRET} } }
relay: { all: { allow: [everyone], moderation: {} } }`,
  });
  stack.use(broker);
});
afterAll(() => stack.disposeAsync());

const asAlice = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };

it("mints keys", async () => {
  const answer = await broker.fetch("/ephemeral-key");
  expect(await answer.json()).toMatchObject({ value: expect.stringMatching(/^ek_/) });
  expect(proxy.tunnels).toContain("openai.test:443");
});

it("relays, and has what is relayed moderated", async () => {
  const body = JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hello?" }] });
  const answer = await broker.fetch("/v1/chat/completions", { method: "POST", headers: asAlice, body });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("choices")]);
});

it("opens WebSockets at OpenAI", async () => {
  const url = `${broker.url.replace("http", "ws")}/v1/realtime`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${ALICE}` } });
  const event = await new Promise((resolve, reject) => {
    socket.once("message", (data) => resolve(JSON.parse(String(data)).type));
    socket.once("error", reject);
  });
  socket.close();
  expect(event).toBe("session.created");
});

it("calls tools of every kind", async () => {
  const ask = async (path: string) => (await broker.fetch(path)).text();
  expect(await ask("/ask_api")).toContain("/asked");
  expect(await ask("/find_orders")).toContain("/orders");
  expect(await ask("/shop__find?name=tea")).toContain("1 × tea");
  expect(proxy.tunnels).toEqual(expect.arrayContaining(["api.test:443", "shop.test:443"]));
});

it("fetches an identity provider's keys", async () => {
  const headers = { authorization: `Bearer ${await keys.sign("one")}` };
  expect((await broker.fetch("/tools", { headers })).status).toBe(200);
  expect(proxy.tunnels).toContain("keys.test:443");
});

it("delivers alerts, and sends traces", async () => {
  const chat = () => broker.fetch("/v1/models", { headers: asAlice }).then((answer) => answer.arrayBuffer());
  await expect.poll(() => chat().then(() => hooks.received.length)).toBeGreaterThan(0);
  await traces.span("GET /ephemeral-key");
  expect(proxy.tunnels).toEqual(expect.arrayContaining(["hooks.test:443", "traces.test:443"]));
});

it("never writes the proxy's password", () => {
  expect(JSON.stringify(broker.logs)).not.toContain(PASSWORD);
});

// The whole configuration changes while the service works: nothing is lost, and what is wrong changes nothing.
import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { chatAnswer } from "../support/fake-openai.ts";
import { startMcpShop } from "../support/mcp-shop.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { account, brokerOver, callers as everybody, yamlOver } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

let openai: EmulatedOpenAi;
beforeAll(async () => {
  openai = await emulateOpenAi();
});
afterAll(() => openai[Symbol.asyncDispose]());

const alice = { headers: { authorization: "Bearer alice-0123456789abcdef" } };
const callers = "callers: { tokens: [{ name: alice, token: alice-0123456789abcdef }] }";
const CAROL = `rkb_0123456789ab_${"A".repeat(43)}`;
const profile = (more = "") =>
  `profiles: { default: { session: { type: realtime, model: gpt-realtime }${more} } }`;

it("loses no request while broker.yaml and the key change again and again, with hundreds in flight", async () => {
  let accepted = new Set(["sk-0", "sk-1"]);
  await using upstream = await account({
    chats: async (answer, asked, request) => {
      const secret = asked.headers.authorization?.slice("Bearer ".length) ?? "";
      // What was sent with the old secret and comes too late is tried again with the new one.
      if (!accepted.has(secret)) {
        answer.writeHead(401, { "content-type": "application/json" });
        answer.end('{"error":{"message":"no","code":"invalid_api_key"}}');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      return chatAnswer(answer, asked, request);
    },
  });
  await using voice = await emulateOpenAi();
  const more = ', models: ["gpt-realtime*"]';
  const yamlWith = (swap: number) =>
    `${yamlOver({
      only: { baseUrl: upstream.baseUrl, secret: `sk-${swap}`, more: `, weight: ${1 + (swap % 3)}` },
      ...(swap % 2 === 0 && { voice: { baseUrl: voice.baseUrl, more } }),
    })}\nsettings: { relay_timeout_seconds: ${60 + swap} }`;
  await using broker = await brokerOver({
    only: { baseUrl: upstream.baseUrl, secret: "sk-0" },
    voice: { baseUrl: voice.baseUrl, more: `${more}, priority: 1` },
  });
  const socket = new WebSocket(`${broker.url.replace("http", "ws")}/v1/realtime`, alice);
  await once(socket, "message");
  const statuses: number[] = [];
  let isOver = false;
  const client = async (caller: (typeof everybody)[number]) => {
    while (!isOver) {
      // Without the contract's check, which takes longer than the request.
      const answer = await fetch(`${broker.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${caller}-0123456789abcdef`, "content-type": "application/json" },
        body: '{"model":"gpt-5-mini","messages":[{"role":"user","content":"hello"}]}',
      });
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
  };
  const clients = Array.from({ length: 200 }, (_, index) => client(everybody[index % 4] ?? "alice"));
  for (let swap = 1; swap <= 12; swap += 1) {
    accepted = new Set([`sk-${swap - 1}`, `sk-${swap}`]);
    await broker.useConfig(yamlWith(swap));
    const before = statuses.length;
    await until("requests went on", () => statuses.length > before + 200);
  }
  isOver = true;
  await Promise.all(clients);
  expect(new Set(statuses)).toEqual(new Set([200]));
  socket.send(JSON.stringify({ type: "session.update", session: { type: "realtime" } }));
  expect(JSON.parse(String((await once(socket, "message"))[0]))).toMatchObject({ type: "session.updated" });
  socket.close();
  const { body } = await broker.fetch("/metrics").then(async (answer) => ({ body: await answer.text() }));
  expect(body).toMatch(/broker_upstream_waiting\{key="only"\} 0/);
});

it("creates users of the changed file, and gives those that are there what it says now", async () => {
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: `${callers}\n${profile()}` });
  const users = `users: [{ name: carol, roles: [vip], token: ${CAROL} }]`;
  const yaml = `${callers}\n${users}\n${profile(', allow: ["role:vip"]')}`;
  const carol = { headers: { authorization: `Bearer ${CAROL}` } };
  const wrong = yaml.replace(CAROL, "rkb_short");
  await expect(broker.useConfig(wrong)).rejects.toThrow("users");
  expect((await broker.fetch("/ephemeral-key", carol)).status).toBe(401);
  expect(await broker.useConfig(yaml)).toMatchObject({ changed: ["users.carol", "profiles.default"] });
  expect((await broker.fetch("/ephemeral-key", carol)).status).toBe(200);
});

it("keeps the MCP server whose entry stays, opens a new one first, and closes the old one after its calls", async () => {
  await using shop = await startMcpShop();
  await using other = await startMcpShop();
  const yaml = (servers: string, tools: string) =>
    `${callers}\nmcp_servers: { ${servers} }\n${profile(`, tools: [${tools}]`)}`;
  const entry = (name: string, { url }: { url: string }) => `${name}: { url: "${url}" }`;
  await using broker = await createTestBroker({
    openai: openai.baseUrl,
    yaml: yaml(entry("shop", shop), '"shop__*"'),
  });
  const names = async () => (await (await broker.fetch("/tools", alice)).json()).tools.length;
  const first = await names();
  expect(first).toBeGreaterThan(0);
  const connected = () => broker.logs.filter(({ msg }) => msg === "mcp server's tools").length;
  await broker.useConfig(yaml(entry("shop", shop), '"shop__*"').replace("gpt-realtime", "gpt-realtime-mini"));
  expect(connected()).toBe(1);
  await broker.useConfig(yaml(`${entry("shop", shop)}, ${entry("other", other)}`, '"shop__*", "other__*"'));
  expect([await names(), connected()]).toEqual([2 * first, 2]);
  await broker.useConfig(yaml(entry("other", other), '"other__*"'));
  expect([await names(), connected()]).toEqual([first, 2]);
});

const hanging = async (): Promise<TestBroker & { asked(): number }> => {
  let asked = 0;
  const fetch = (_: unknown, { signal }: RequestInit = {}) =>
    new Promise<Response>((_, reject) => {
      asked += 1;
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const yaml = `${callers}\n${profile()}`;
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml, fetch });
  return Object.assign(broker, { asked: () => asked });
};
const described = `${callers}\n${profile()}\nopenapi: [{ document: "http://a.example/", operations: [x] }]`;

it("answers requests while a description of an API does not come, and stops without waiting for it", async () => {
  const broker = await hanging();
  const refused = expect(broker.useConfig(described)).rejects.toThrow();
  await until("it is asked for", () => broker.asked() === 1);
  expect((await broker.fetch("/ephemeral-key", alice)).status).toBe(200);
  const begun = performance.now();
  await broker.stop(0);
  await refused;
  expect(performance.now() - begun).toBeLessThan(15_000);
});

it("keeps an API's tools where its description cannot be read again, and takes the other changes", async () => {
  const document = {
    openapi: "3.1.0",
    servers: [{ url: "http://127.0.0.1:9" }],
    paths: { "/x": { get: { operationId: "x", summary: "Says x.", responses: {} } } },
  };
  let isDown = false;
  await using backend = await startBackend((response) =>
    isDown ? response.destroy() : response.end(JSON.stringify(document)),
  );
  const yaml = (url: string, model: string) =>
    `${callers}\nopenapi: [{ document: "${url}", operations: [x], base_url: "http://127.0.0.1:9" }]\n${profile(", tools: [x]").replace("gpt-realtime", model)}`;
  await using broker = await createTestBroker({
    openai: openai.baseUrl,
    yaml: yaml(backend.url, "gpt-realtime"),
  });
  isDown = true;
  await broker.useConfig(yaml(backend.url, "gpt-realtime-mini"));
  const { session } = await (await broker.fetch("/ephemeral-key", alice)).json();
  expect(session.model).toBe("gpt-realtime-mini");
  expect((await (await broker.fetch("/tools", alice)).json()).tools).toHaveLength(1);
  expect(broker.logs.map(({ msg }) => msg)).toContain("openapi-document-kept");
  await expect(broker.useConfig(yaml(`${backend.url}/other`, "gpt-realtime"))).rejects.toThrow("openapi[0]");
});

it("takes no other configuration once it stops", async () => {
  const held = Promise.withResolvers<void>();
  await using backend = await startBackend((response) => void held.promise.then(() => response.end("late")));
  const tool = `tools: { slow: { description: d, request: { url: "${backend.url}/" } } }`;
  const yaml = `${callers}\n${profile(", tools: [slow]")}\n${tool}`;
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  const begun = broker.fetch("/slow", alice);
  await until("the tool runs", () => backend.requests.length === 1);
  const stopped = broker.stop(10);
  await expect(broker.useConfig(`${callers}\n${profile()}`)).rejects.toThrow("stopping");
  held.resolve();
  expect(await (await begun).text()).toBe("late");
  await stopped;
});

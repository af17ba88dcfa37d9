// Tools of MCP servers as tools of a profile: over HTTP and stdio, and when a server fails.
import { execFileSync } from "node:child_process";
import { expect, it, vi } from "vitest";
import { startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { startMcpShop } from "../support/mcp-shop.ts";
import { problemIn } from "../support/problem.ts";

// Programs take their time to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 40_000, interval: 200 };

const secret = "shop-secret-0123456789";
const env = { SHOP_KEY: secret };
const program = new URL("../support/mcp-program.ts", import.meta.url).pathname;
const overHttp = (url: string) => `{ url: "${url}/mcp", headers: { authorization: "Bearer \${SHOP_KEY}" } }`;
const overStdio = (args = "") =>
  `{ command: "${process.execPath}", args: ["${program}"${args}], env: { SHOP_KEY: "\${SHOP_KEY}" } }`;

const brokerFor = (server: string, offered: string, more = "") =>
  createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env,
    yaml: `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [${offered}] } }
mcp_servers: { shop: ${server} }
${more}`,
  });

/** When the server's tools are there: the start waits for a while only. */
const connectedTo = async (server: string, offered: string, more = ""): Promise<TestBroker> => {
  const broker = await brokerFor(server, offered, more);
  await expect.poll(() => logged(broker, "mcp server's tools").length, soon).toBe(1);
  return broker;
};

const toolsOf = async (broker: TestBroker) => {
  const { tools } = (await (await broker.fetch("/tools")).json()) as {
    tools: { name: string; parameters: object }[];
  };
  return tools;
};
const ask = async (broker: TestBroker, path: string, init: RequestInit = {}) => {
  const answer = await broker.fetch(path, init);
  return [answer.status, await answer.text()];
};
const logged = ({ logs }: TestBroker, msg: string) => logs.filter((line) => line.msg === msg);

it.each(["HTTP", "stdio"])("calls a server's tools over %s", async (way) => {
  await using shop = await startMcpShop();
  await using broker = await connectedTo(
    way === "HTTP" ? overHttp(shop.url) : overStdio(),
    '"shop__*", current_time',
  );
  const tools = await toolsOf(broker);
  expect(tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["shop__find", "shop__stock_of", "shop__sell", "current_time"]),
  );
  expect(tools.find(({ name }) => name === "shop__find")?.parameters).toMatchObject({ required: ["name"] });
  expect(await ask(broker, "/shop__find?name=tea&count=3")).toEqual([200, "3 × tea"]);
  expect(await ask(broker, "/shop__stock_of")).toEqual([200, '{"left":7}']);
  expect(await ask(broker, "/shop__sell")).toEqual([200, '{"error":"The till is closed."}']);
  const [status, words] = await ask(broker, "/shop__find?count=3");
  expect([status, words]).toEqual([200, expect.stringMatching(/"error":".*name/)]);
  expect((await problemIn(await broker.fetch("/shop__much"))).code).toBe("tool-answer-too-large");
  // A program that writes too much is ended first, which may take longer than the call.
  expect((await ask(broker, "/shop__flood"))[0]).toBeOneOf([502, 504]);
  await expect.poll(() => ask(broker, "/shop__find?name=tea"), soon).toEqual([200, "1 × tea"]);
  expect(JSON.stringify(broker.logs)).not.toContain(secret);
});

it.each(["HTTP", "stdio"])("waits for an answer over %s no longer than it is told", async (way) => {
  await using shop = await startMcpShop();
  const server = way === "HTTP" ? overHttp(shop.url) : overStdio();
  await using broker = await connectedTo(server.replace(/ }$/, ", timeout_ms: 500 }"), '"shop__*"');
  expect((await ask(broker, "/shop__wait"))[0]).toBe(504);
  await expect.poll(() => ask(broker, "/shop__find?name=tea"), soon).toEqual([200, "1 × tea"]);
});

it("follows no redirect to another host, and takes its credential nowhere", async () => {
  await using elsewhere = await startMcpShop();
  await using turning = await startBackend((response) =>
    response.writeHead(307, { location: `${elsewhere.url}/mcp` }).end(),
  );
  await using broker = await brokerFor(overHttp(turning.url), '"shop__*"');
  await expect.poll(() => logged(broker, "mcp server cannot be reached").length, soon).toBeGreaterThan(0);
  expect([turning.requests.length > 0, elsewhere.requests]).toEqual([true, []]);
});

it("sends its own credential, and nothing of the caller's", async () => {
  await using shop = await startMcpShop();
  await using broker = await connectedTo(overHttp(shop.url), "shop__find");
  const headers = { cookie: "session=mine", "x-mine": "1", "content-type": "application/json" };
  await ask(broker, "/shop__find", { method: "POST", headers, body: '{"name":"tea"}' });
  for (const { headers: sent } of shop.requests) {
    expect(sent.authorization).toBe(`Bearer ${secret}`);
    expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(["cookie"]));
    expect(JSON.stringify(sent)).not.toContain("mine");
  }
});

it("offers only what the profile names, and only what a rule lets the caller call", async () => {
  await using shop = await startMcpShop();
  const rules = "tool_rules: { shop__sell: { allow: [members] } }";
  await using broker = await connectedTo(overHttp(shop.url), "shop__find, shop__sell", rules);
  expect((await toolsOf(broker)).map(({ name }) => name)).toEqual(["shop__find"]);
  expect((await ask(broker, "/shop__sell"))[0]).toBe(403);
  expect((await ask(broker, "/shop__environment"))[0]).toBe(403);
});

it("gives a program no variable of the service's own, and the model none of the program's", async () => {
  await using broker = await connectedTo(overStdio(), '"shop__*"');
  const [, names] = await ask(broker, "/shop__environment");
  const known = ["HOME", "LOGNAME", "PATH", "SHELL", "SHOP_KEY", "TERM", "USER"];
  expect(
    String(names)
      .split(" ")
      .filter((name) => !known.includes(name)),
  ).toEqual([]);
  expect(names).toContain("SHOP_KEY");
  expect(await ask(broker, "/shop__quote")).toEqual([200, '{"error":"no till for [redacted]"}']);
});

it("starts without a server that fails, says why without its secret, and serves everything else", async () => {
  await using broker = await brokerFor(overStdio(', "--fail"'), 'shop__find, "shop__*", current_time');
  expect((await toolsOf(broker)).map(({ name }) => name)).toEqual(["current_time"]);
  expect((await ask(broker, "/current_time?time_zone=UTC"))[0]).toBe(200);
  await expect.poll(() => logged(broker, "mcp server cannot be reached").length, soon).toBeGreaterThan(0);
  const [line] = logged(broker, "mcp server cannot be reached");
  expect(line).toMatchObject({ level: "warn", server: "shop", retry_in_seconds: 1 });
  expect(JSON.stringify(line)).toContain("no shop for [redacted]");
});

it("starts a program anew that has ended, and keeps its tools meanwhile", async () => {
  await using broker = await connectedTo(overStdio(), "shop__find, shop__die");
  const [status, problem] = await ask(broker, "/shop__die");
  expect([status, problem]).toEqual([502, expect.stringContaining("tool-failed")]);
  expect((await toolsOf(broker)).map(({ name }) => name)).toContain("shop__find");
  await expect.poll(() => ask(broker, "/shop__find?name=tea"), soon).toEqual([200, "1 × tea"]);
  expect(logged(broker, "mcp server lost")).toHaveLength(1);
});

it("names in the log what a profile asks for and a server has not", async () => {
  await using shop = await startMcpShop();
  await using broker = await connectedTo(overHttp(shop.url), "shop__find, shop__fnd");
  expect(logged(broker, "mcp server lacks tools of a profile")).toMatchObject([{ missing: ["shop__fnd"] }]);
});

it("ends a program with the service", async () => {
  const broker = await connectedTo(overStdio(), '"shop__*"');
  expect((await ask(broker, "/shop__find?name=tea"))[0]).toBe(200);
  await broker.stop();
  const children = execFileSync("ps", ["--ppid", String(process.pid), "-o", "args="], { encoding: "utf8" });
  expect(children).not.toContain("mcp-program");
});

it("ends within seconds while servers do not answer, and their programs with it", async () => {
  await using silent = await startBackend(() => {});
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
  const program = `{ command: "${process.execPath}", args: ["-e", "${stubborn}", "mute-program"] }`;
  const broker = await brokerFor(`${overHttp(silent.url)}, mute: ${program}`, "current_time");
  const began = performance.now();
  await broker.stop();
  expect(performance.now() - began).toBeLessThan(20_000);
  const children = execFileSync("ps", ["--ppid", String(process.pid), "-o", "args="], { encoding: "utf8" });
  expect(children).not.toContain("mute-program");
});

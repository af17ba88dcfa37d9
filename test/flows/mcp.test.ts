// The caller's tools for MCP clients at /mcp, asked by the protocol's own SDK in both of its ways.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { describe, expect, it } from "vitest";
import { startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

const alice = "alice-0123456789abcdef";
const bob = "bob-0123456789abcdefgh";
const yaml = (shop = "http://127.0.0.1:9") => `
callers: { tokens: [{ name: alice, token: ${alice} }, { name: bob, token: ${bob} }] }
profiles:
  default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [current_time, order] }
  staff: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [convert_units], allow: [token:alice] }
limits: { tool_calls: { caller: 3 per minute } }
tools: { order: { description: Finds an order., request: { url: "${shop}/order" } } }`;
const start = (shop?: string) => createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: yaml(shop) });

const connect = async (broker: TestBroker, token: string, mode: "auto" | "legacy" = "auto") => {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", broker.url), { requestInit }));
  return client;
};
const lines = ({ logs }: TestBroker) =>
  logs.filter(({ route, tool }) => route === "/mcp" && tool !== undefined);

describe.each(["auto", "legacy"] as const)("a client that speaks %s", (mode) => {
  it("lists the tools that the caller may call, and calls them", async () => {
    await using broker = await start();
    const client = await connect(broker, alice, mode);
    expect(client.getProtocolEra()).toBe(mode === "auto" ? "modern" : "legacy");
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["convert_units", "current_time", "order"]);
    expect(tools[0]?.inputSchema).toMatchObject({
      required: ["value", "from", "to"],
      additionalProperties: false,
    });
    const args = { value: 1, from: "mile", to: "metre" };
    const { content, isError } = await client.callTool({ name: "convert_units", arguments: args });
    expect([isError ?? false, content]).toEqual([
      false,
      [{ type: "text", text: expect.stringContaining("1609.344") }],
    ]);
    expect(lines(broker)).toMatchObject([
      { tool: "convert_units", caller: "token:alice", status: 200, level: "info" },
    ]);
    const others = await (await connect(broker, bob, mode)).listTools();
    expect(others.tools.map(({ name }) => name)).toEqual(["current_time", "order"]);
  });

  it("gives the model the words of what went wrong, and the log its cause", async () => {
    await using broker = await start();
    const client = await connect(broker, bob, mode);
    const ask = async (name: string, args = {}) => {
      const { isError, content } = await client.callTool({ name, arguments: args });
      return [isError, JSON.stringify(content)];
    };
    expect(await ask("current_time", { zone: "UTC" })).toEqual([
      true,
      expect.stringMatching(/time_zone.*zone/),
    ]);
    expect(await ask("convert_units")).toEqual([true, expect.stringContaining("You may not call this tool")]);
    expect(await ask("nothing")).toEqual([true, expect.stringContaining("no tool called nothing")]);
    expect(await ask("order")).toEqual([true, expect.stringContaining("The tool failed")]);
    expect(lines(broker).at(-1)).toMatchObject({ tool: "order", level: "error", problem: "tool-failed" });
    expect(JSON.stringify(lines(broker).at(-1))).toContain("fetch failed");
  });

  it("is counted as every call, and told when to come back", async () => {
    await using broker = await start();
    const client = await connect(broker, bob, mode);
    const call = () => client.callTool({ name: "current_time", arguments: { time_zone: "UTC" } });
    for (const _ of [1, 2, 3]) expect((await call()).isError ?? false).toBe(false);
    await expect(call()).rejects.toThrow(/limit-exceeded/);
    const headers = { authorization: `Bearer ${bob}` };
    expect((await broker.fetch("/current_time?time_zone=UTC", { headers })).status).toBe(429);
  });

  it("is not let in without credentials", async () => {
    await using broker = await start();
    await expect(connect(broker, "wrong-0123456789abcdef", mode)).rejects.toThrow();
  });
});

it("ends a tool's work when its client leaves", async () => {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using shop = await startBackend((response) => {
    response.once("close", gone.resolve);
    arrived.resolve();
  });
  await using broker = await start(shop.url);
  const client = await connect(broker, bob);
  const leave = new AbortController();
  const asked = client.callTool({ name: "order" }, { signal: leave.signal });
  await arrived.promise;
  leave.abort();
  await expect(asked).rejects.toThrow();
  await gone.promise;
});

const post = (broker: TestBroker, body: string, more: Record<string, string> = {}) =>
  broker.fetch("/mcp", {
    method: "POST",
    headers: {
      authorization: `Bearer ${bob}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...more,
    },
    body,
  });

it("takes one message at a time, in strict JSON of a limited size", async () => {
  await using broker = await start();
  const call = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
  expect((await post(broker, call)).status).toBe(200);
  expect((await post(broker, `[${call},${call}]`)).status).toBe(400);
  expect((await post(broker, '{"id":1,"id":2}')).status).toBe(400);
  expect((await post(broker, "{")).status).toBe(400);
  expect((await post(broker, `{"a":"${"x".repeat(3_000_000)}"}`)).status).toBe(413);
  expect((await post(broker, call, { "content-type": "text/plain" })).status).toBe(415);
});

it("has no streams and no sessions", async () => {
  await using broker = await start();
  for (const method of ["GET", "DELETE"]) {
    const answer = await broker.fetch("/mcp", { method, headers: { authorization: `Bearer ${bob}` } });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  }
  const listen = '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"}';
  const answer = await fetch(new URL("/mcp", broker.url), {
    method: "POST",
    headers: { authorization: `Bearer ${bob}`, "content-type": "application/json" },
    body: listen,
  });
  expect([answer.status, await answer.json()]).toMatchObject([404, { id: 1, error: { code: -32601 } }]);
});

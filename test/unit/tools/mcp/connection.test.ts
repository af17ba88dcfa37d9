// The connection to an MCP server: when it comes back, what changes, and whom a loss harms.
import { expect, it } from "vitest";
import type { ConnectMcp, McpClient, RemoteTool } from "../../../../server/tools/mcp/client.ts";
import { McpRefusal, McpSessionLost } from "../../../../server/tools/mcp/client.ts";
import { McpConnection } from "../../../../server/tools/mcp/connection.ts";
import { mcpServerSchema } from "../../../../server/tools/mcp/servers.ts";
import { createTestTime } from "../../../support/time.ts";

const config = mcpServerSchema.parse({ url: "http://shop.example/mcp" });
const remote = (name: string): RemoteTool => ({
  name,
  description: undefined,
  inputSchema: { type: "object" },
});

const setUp = (timeout_ms = config.timeout_ms) => {
  const { clock, timers, pass, pending } = createTestTime();
  const logs: string[] = [];
  const timeouts: number[] = [];
  const clients: (McpClient & { end: (reason: string) => void; isClosed: boolean })[] = [];
  const server = {
    isUp: true,
    tools: [remote("find")],
    call: (_name: string, _client: number): Promise<string> => Promise.resolve("found"),
  };
  const changes: string[][] = [];
  const connect: ConnectMcp = async (onClose) => {
    if (!server.isUp) throw new Error("it is down");
    const index = clients.length;
    const client = {
      isClosed: false,
      end: onClose,
      listTools: async ({ timeoutMs }: { timeoutMs: number }) => {
        timeouts.push(timeoutMs);
        if (!server.isUp) throw new Error("it is down");
        return server.tools;
      },
      callTool: async (name: string) => ({
        isError: false,
        content: [{ type: "text", text: await server.call(name, index) }],
        structured: undefined,
      }),
      close: async () => {
        client.isClosed = true;
      },
    };
    clients.push(client);
    return client;
  };
  const connection = new McpConnection(
    "shop",
    { ...config, timeout_ms },
    {
      ...{ connect, timers },
      random: () => 1,
      log: { write: (_, msg, fields) => logs.push(`${msg} ${fields.retry_in_seconds ?? ""}`.trim()) },
      onTools: (tools) => changes.push(tools.map(({ name }) => name)),
    },
  );
  const call = async () => {
    const acceptance = connection.tools[0]?.accept({});
    if (!acceptance?.accepted) throw new Error("there is no tool");
    const signal = new AbortController().signal;
    return acceptance.run({ signal, clock, caller: { kind: "guest", id: "guest:127.0.0.1" } });
  };
  return { connection, server, clients, changes, logs, timeouts, call, pass, pending };
};

it("tries a server that is down again, ever later, and no later than a minute", async () => {
  const { connection, server, logs, pass, clients } = setUp();
  server.isUp = false;
  await connection.open();
  for (let minutes = 0; minutes < 4; minutes += 1) await pass(60_000);
  const waits = logs.map((line) => Number(line.split(" ").at(-1)));
  expect(waits.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 60]);
  server.isUp = true;
  await pass(60_000);
  expect([connection.tools.map(({ name }) => name), clients.length]).toEqual([["shop__find"], 1]);
});

it("does not start a program every second that ends as soon as it is there", async () => {
  const { connection, clients, logs, pass } = setUp();
  await connection.open();
  for (let losses = 0; losses < 4; losses += 1) {
    clients.at(-1)?.end("it crashed");
    await pass(8000);
  }
  expect(logs.filter((line) => line.startsWith("mcp server lost"))).toEqual(
    [1, 2, 4, 8].map((seconds) => `mcp server lost ${seconds}`),
  );
  await pass(60_000);
  clients.at(-1)?.end("it crashed");
  expect(logs.at(-1)).toBe("mcp server lost 1");
});

it("keeps the tools through a loss, and answers at once that the server is away", async () => {
  const { connection, clients, call } = setUp();
  await connection.open();
  clients[0]?.end("gone");
  expect(connection.tools).toHaveLength(1);
  await expect(call()).rejects.toMatchObject({ code: "tool-failed" });
});

it("lists the tools anew each minute, and tells only what has changed", async () => {
  const { connection, server, changes, pass } = setUp();
  await connection.open();
  await pass(60_000);
  server.tools = [remote("find"), remote("sell")];
  await pass(60_000);
  expect(changes).toEqual([["shop__find"], ["shop__find", "shop__sell"]]);
});

it("takes a server for lost that lists its tools no more, and connects anew", async () => {
  const { connection, server, clients, call, pass } = setUp();
  await connection.open();
  server.isUp = false;
  await pass(60_000);
  expect(clients[0]?.isClosed).toBe(true);
  server.isUp = true;
  await pass(1000);
  expect(await call()).toBe("found");
});

it("waits for the list as long as a call may take: a program may do one thing after another", async () => {
  for (const timeoutMs of [500, 120_000]) {
    const { connection, timeouts, pass } = setUp(timeoutMs);
    await connection.open();
    await pass(60_000);
    expect(timeouts).toEqual(Array(2).fill(Math.max(timeoutMs, 30_000)));
  }
});

it("gives up at once what is under way when it is closed", async () => {
  const { timers, pending } = createTestTime();
  const { promise, reject } = Promise.withResolvers<McpClient>();
  const connection = new McpConnection("shop", config, {
    connect: (_, signal) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise;
    },
    ...{ timers, random: () => 1, log: { write: () => {} }, onTools: () => {} },
  });
  const opening = connection.open();
  await connection.close();
  await opening;
  expect(pending()).toBe(0);
});

it("sends a call again in a new session where the server knew the old one no more", async () => {
  const { connection, server, clients, call, pass } = setUp();
  await connection.open();
  server.call = async (_, client) => {
    if (client === 0) throw new McpSessionLost("no such session");
    return `found by ${client}`;
  };
  expect(await Promise.all([call(), call(), call()])).toEqual(["found by 1", "found by 1", "found by 1"]);
  expect([clients.length, clients[0]?.isClosed]).toEqual([2, false]);
  await pass(config.timeout_ms);
  expect(clients[0]?.isClosed).toBe(true);
});

it("gives the model the words of a refusal, and fails with everything else", async () => {
  const { connection, server, call, clients } = setUp();
  await connection.open();
  server.call = () => Promise.reject(new McpRefusal("count must be a number"));
  expect(await call()).toEqual({ error: "count must be a number" });
  server.call = () => Promise.reject(new Error("inner"));
  await expect(call()).rejects.toThrow("inner");
  // One call's failure takes the connection from no other call.
  expect(clients.map(({ isClosed }) => isClosed)).toEqual([false]);
});

it("leaves nothing behind when it is closed", async () => {
  const { connection, server, clients, pass, pending } = setUp();
  await connection.open();
  await connection.close();
  expect([clients[0]?.isClosed, pending()]).toEqual([true, 0]);
  const down = setUp();
  down.server.isUp = false;
  await down.connection.open();
  await down.connection.close();
  await pass(120_000);
  expect([down.pending(), server.isUp, clients.length]).toEqual([0, true, 1]);
});

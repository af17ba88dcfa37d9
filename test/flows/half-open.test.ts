// WebSockets of which only one end still speaks, or neither: none is held for ever.
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BrokerResponse } from "../../server/http/server/broker-response.node.ts";
import { upgradeWith } from "../../server/http/server/upgrades.node.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { startProcess } from "../support/process.ts";
import { openRaw, writeAfterEnd } from "../support/raw-connection.ts";
import { ALICE } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }] }
limits: { address: none, mints: { caller: none } }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, overrides: [model] } }
`;
const asking = (query = "", token = ALICE) =>
  `GET /v1/realtime${query} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nauthorization: Bearer ${token}\r\n\r\n`;
/** What a connection whose one half has ended may last is 5 s; the rest is for a machine that has much else to do. */
const SOON_MS = 30_000;

/** OpenAI, whose WebSockets say nothing, and keep their half open whatever the other end does. */
const startSilentOpenAi = async () => {
  const sockets: Socket[] = [];
  const server = createServer((_, answer) => {
    const session = { id: "sess_1", type: "realtime", model: "gpt-realtime-2.1" };
    answer.setHeader("content-type", "application/json");
    answer.end(JSON.stringify({ value: "ek_0123456789", expires_at: 2_000_000_000, session }));
  });
  let answers = true;
  server.on("upgrade", (_, socket: Socket) => {
    sockets.push(socket);
    socket.on("error", () => {}).resume();
    writeAfterEnd(socket);
    if (!answers) return;
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    sockets,
    answerNoMore: () => {
      answers = false;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
    },
  };
};

let openai: Awaited<ReturnType<typeof startSilentOpenAi>>;
let broker: TestBroker;
beforeAll(async () => {
  openai = await startSilentOpenAi();
  broker = await createTestBroker({ openai: openai.baseUrl, yaml });
});
afterAll(async () => {
  await broker.stop();
  openai.close();
});

const endOf = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));

const opened = async () => {
  const caller = await openRaw(broker.url);
  caller.write(asking());
  await until("the WebSocket is open", () => caller.received.startsWith("HTTP/1.1 101 "));
  const upstream = openai.sockets.at(-1);
  if (!upstream) throw new Error("OpenAI saw no WebSocket");
  return { caller, upstream };
};

it("the caller has ended its half: soon so have both ends, though OpenAI goes on", async () => {
  const { caller, upstream } = await opened();
  const gone = endOf(upstream);
  caller.halfClose();
  expect(await caller.closed).toBeLessThan(SOON_MS);
  await gone;
});

it("OpenAI has ended its half: soon so have both ends, though the caller goes on", async () => {
  const { caller, upstream } = await opened();
  const gone = endOf(upstream);
  upstream.end();
  expect(await caller.closed).toBeLessThan(SOON_MS);
  await gone;
});

it("a kept connection may become one", async () => {
  const caller = await openRaw(broker.url);
  caller.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await until("the first request is answered", () => caller.received.endsWith('{"status":"ok"}'));
  caller.write(asking());
  await until("the WebSocket is open", () => caller.received.includes("HTTP/1.1 101 "));
  caller.reset();
});

it("callers who sent no HTTP, were told so, and stay, are closed", async () => {
  await using service = startProcess({ OPENAI_API_KEY: "sk-test", DATABASE_URL: "sqlite::memory:" }, yaml);
  const { hostname, port } = new URL(await service.listening());
  const before = service.descriptors();
  const callers = Array.from({ length: 50 }, () =>
    connect({ host: hostname, port: Number(port), allowHalfOpen: true }).resume(),
  );
  for (const caller of callers) caller.write("HELO\r\n\r\n");
  await Promise.all(callers.map((caller) => once(caller, "end")));
  await until("the service has closed them", () => service.descriptors() <= before, SOON_MS / 1000);
  for (const caller of callers) caller.destroy();
});

it("a caller who was refused and goes on is closed", async () => {
  const caller = await openRaw(broker.url);
  caller.write(asking("", "nobody-0123456789"));
  expect(await caller.closed).toBeLessThan(SOON_MS);
  expect(caller.received).toMatch(/^HTTP\/1\.1 401 /);
});

it("a WebSocket on which nothing is said stays open, and ends with the service", async () => {
  const { caller } = await opened();
  expect(await Promise.race([caller.closed, new Promise((resolve) => setTimeout(resolve, 500))])).toBe(
    undefined,
  );
  await broker.stop(0);
  await caller.closed;
  broker = await createTestBroker({ openai: openai.baseUrl, yaml });
});

it("a caller who goes while OpenAI does not answer lets OpenAI go at once", async () => {
  openai.answerNoMore();
  const before = openai.sockets.length;
  const caller = await openRaw(broker.url);
  caller.write(asking());
  await until("OpenAI is asked", () => openai.sockets.length > before);
  const gone = endOf(openai.sockets.at(-1) as Socket);
  caller.halfClose();
  await Promise.all([caller.closed, gone]);
  await until("its line is in the log", () => broker.logs.at(-1)?.status === 499);
  // Nothing of ours failed.
  expect(broker.logs.at(-1)).not.toHaveProperty("problem");
});

it("a WebSocket that is never answered ends", async () => {
  const server = createServer();
  const unanswered = upgradeWith(
    () => new Promise(() => {}),
    () => true,
    { handshakeMs: 200, halfOpenMs: 5000 },
  );
  server.on("upgrade", (incoming, socket: Socket, head) => unanswered(incoming, socket, head));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const caller = await openRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  caller.write(asking());
  await caller.closed;
  expect(caller.received).toBe("");
  server.close();
});

it("an answer whose WebSocket the app has done with is closed", async () => {
  const server = createServer({ ServerResponse: BrokerResponse });
  const done = upgradeWith(
    async (_, outgoing) => outgoing.switchProtocols({}),
    () => true,
    {
      handshakeMs: 5000,
      halfOpenMs: 5000,
    },
  );
  server.on("upgrade", (incoming, socket: Socket, head) => done(incoming, socket, head));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const caller = await openRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  caller.write(asking());
  await caller.closed;
  server.close();
});

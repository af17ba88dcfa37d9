// One WebSocket at OpenAI: opened, refused, or left.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import { afterAll, expect, it } from "vitest";
import { socketAgent } from "../../../server/upstream/agents.undici.ts";
import { socketOpener } from "../../../server/upstream/socket.undici.ts";
import { countedSignal } from "../../support/counted-signal.ts";
import { serve } from "../../support/server.ts";

const agent = socketAgent();
afterAll(() => agent.destroy());
const open = socketOpener(agent);
const to = (url: string, signal = new AbortController().signal) =>
  open({
    url: `${url.replace("http", "ws")}/v1/realtime?model=m`,
    headers: ["authorization", "Bearer ek_1"],
    signal,
  });

/** An attempt without a network: the test says what undici tells of its connection. */
const byHand = (signal = new AbortController().signal) => {
  let handler: Dispatcher.DispatchHandler = {};
  const dispatch = (_: unknown, given: Dispatcher.DispatchHandler) => {
    handler = given;
  };
  const aborted: unknown[] = [];
  const abort = (reason: unknown) => aborted.push(reason);
  const controller = { abort } as unknown as Dispatcher.DispatchController;
  void socketOpener({ dispatch } as unknown as Dispatcher)({ url: "wss://host/v1", headers: [], signal });
  return {
    aborted,
    start: () => handler.onRequestStart?.(controller, {}),
    head: (status: number) => handler.onResponseStart?.(controller, status, {}),
  };
};

/** Agrees to each upgrade, and sends back what it is sent. */
const echo = async () => {
  const asked: (string | undefined)[] = [];
  const sockets: Duplex[] = [];
  const server = createServer().on("upgrade", (request, socket) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    sockets.push(socket);
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nx-request-id: req_1\r\n\r\n",
    );
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

it("hands over the connection and the response's fields", async () => {
  await using server = await echo();
  const { headers, connection } = await to(server.url);
  expect([server.asked, headers["x-request-id"]]).toEqual([["/v1/realtime?model=m Bearer ek_1"], "req_1"]);
  connection.write("ping");
  const [answer] = await connection.take(1).toArray();
  expect(String(answer)).toBe("ping");
  connection.destroy();
});

it("an answer that is no upgrade is a refusal", async () => {
  await using server = await serve((_, answer) => void answer.writeHead(401).end());
  await expect(to(server.url)).rejects.toMatchObject({
    code: "upstream-refused",
    cause: {
      message: "the WebSocket does not open",
      report: { message: "OpenAI answered 401" },
      outcome: { kind: "failed", how: "connection" },
    },
  });
});

it("a first answer that is followed by another is no refusal", () => {
  const { start, head, aborted } = byHand();
  start();
  head(103);
  expect(aborted).toEqual([]);
  head(200);
  expect(aborted).toEqual([new Error("OpenAI answered 200")]);
});

it("a caller's leaving ends the attempt", async () => {
  const leaving = new AbortController();
  const reason = new Error("the caller left");
  await using server = await serve(() => leaving.abort(reason));
  await expect(to(server.url, leaving.signal)).rejects.toBe(reason);
});

it("what waited for a connection while its caller left is ended when it has one", () => {
  const leaving = new AbortController();
  const { start, aborted } = byHand(leaving.signal);
  leaving.abort("left");
  expect(aborted).toEqual([]);
  start();
  expect(aborted).toEqual(["left"]);
});

it("a signal that outlives many sockets holds none of them", async () => {
  await using willing = await echo();
  await using unwilling = await serve((_, answer) => void answer.writeHead(500).end());
  const { signal, listeners } = countedSignal();
  (await to(willing.url, signal)).connection.destroy();
  expect(listeners()).toBe(0);
  await to(unwilling.url, signal).catch(() => {});
  expect(listeners()).toBe(0);
});

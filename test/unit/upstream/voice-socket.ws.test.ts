// The service's own WebSockets at OpenAI, over real connections.
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { connectorWith } from "../../../server/net/connector.undici.ts";
import { openTunnel } from "../../../server/net/tunnel.node.ts";
import { Secret } from "../../../server/secret.ts";
import { JoinRefused } from "../../../server/upstream/calls.ts";
import { voiceSocketOpener } from "../../../server/upstream/voice-socket.ws.ts";
import { createAuthority, trusting } from "../../support/certificates.ts";
import { startConnectProxy } from "../../support/connect-proxy.ts";
import { startTlsFront } from "../../support/tls-front.ts";

const open = voiceSocketOpener(() => undefined);

/** A receiver that notes what it is told. */
const notes = () => {
  const seen: unknown[] = [];
  const closed = Promise.withResolvers<[number, string]>();
  const onMessage = (message: Buffer) => {
    seen.push(message.toString());
  };
  return {
    seen,
    closed: closed.promise,
    onMessage,
    onClose: (code: number, reason: string) => closed.resolve([code, reason]),
  };
};

const serve = async (
  onSocket: (socket: WebSocket, headers: Record<string, unknown>) => void,
  status?: number,
) => {
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer().on("upgrade", (request, socket, head) => {
    if (status) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 2\r\n\r\nno`);
    sockets.handleUpgrade(request, socket, head, (each) =>
      onSocket(each, { ...request.headers, url: request.url }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime?call_id=rtc_1`,
    [Symbol.asyncDispose]: async () => {
      for (const each of sockets.clients) each.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const headers = ["authorization", "Bearer sk-1"];
const never = new AbortController().signal;

it("sends and receives texts, and tells of the end", async () => {
  await using server = await serve((socket, seen) => {
    socket.send(JSON.stringify([seen.authorization, seen.url, seen["sec-websocket-extensions"] ?? "plain"]));
    socket.on("message", (text) => socket.close(4000, String(text)));
  });
  const receiver = notes();
  const socket = await open({ url: server.url, headers, signal: never }, receiver);
  socket.send("good-bye");
  expect(await receiver.closed).toEqual([4000, "good-bye"]);
  expect(receiver.seen).toEqual(['["Bearer sk-1","/v1/realtime?call_id=rtc_1","plain"]']);
  socket.send("nothing hears this");
  socket.close();
});

it("counts the bytes that come", async () => {
  await using server = await serve((socket) => {
    socket.send("twelve bytes");
    socket.send(Buffer.alloc(100_000));
    socket.close();
  });
  const received: number[] = [];
  const counted = voiceSocketOpener(
    () => undefined,
    (bytes) => received.push(bytes),
  );
  const receiver = notes();
  await counted({ url: server.url, headers, signal: never }, receiver);
  await receiver.closed;
  expect(received).toEqual([12, 100_000]);
});

it("closes by itself", async () => {
  await using server = await serve(() => {});
  const receiver = notes();
  (await open({ url: server.url, headers, signal: never }, receiver)).close();
  expect(await receiver.closed).toEqual([1000, ""]);
});

it("tells the status of a refusal", async () => {
  await using server = await serve(() => {}, 404);
  const refused = await open({ url: server.url, headers, signal: never }, notes()).catch((error) => error);
  expect(refused).toBeInstanceOf(JoinRefused);
  expect(refused).toMatchObject({ status: 404, message: "OpenAI answered 404 to the sideband" });
});

it("tells that there is no connection", async () => {
  const url = "ws://127.0.0.1:9/v1";
  await expect(open({ url, headers, signal: never }, notes())).rejects.toThrow(/ECONNREFUSED/);
});

it("leaves a server that does not answer when it is told to, also before it has a connection", async () => {
  const silent = createTcpServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`;
  const leaving = new AbortController();
  const opening = open({ url, headers, signal: leaving.signal }, notes());
  const reason = new Error("enough");
  setImmediate(() => leaving.abort(reason));
  await expect(opening).rejects.toBe(reason);
  await expect(open({ url, headers, signal: leaving.signal }, notes())).rejects.toBe(reason);
  await new Promise((resolve) => silent.close(resolve));
});

it("ends on a message that is too large", async () => {
  await using server = await serve((socket) =>
    socket.send(Buffer.alloc(17 * 1024 * 1024, 0x20), { binary: false }),
  );
  const receiver = notes();
  await open({ url: server.url, headers, signal: never }, receiver);
  expect((await receiver.closed)[0]).toBe(1006);
  expect(receiver.seen).toEqual([]);
});

it("goes through the proxy, and speaks TLS with OpenAI behind it", async () => {
  await using stack = new AsyncDisposableStack();
  const authority = stack.use(createAuthority());
  stack.use(trusting(authority));
  const server = stack.use(
    await serve((socket) => {
      socket.send("hello");
      socket.close(4001, "bye");
    }),
  );
  const front = stack.use(
    await startTlsFront(server.url.replace("ws", "http"), authority.issue(["openai.test"])),
  );
  const proxy = stack.use(await startConnectProxy({ hosts: { "openai.test:443": front.port } }));
  const proxyFor = () => new Secret(`http://127.0.0.1:${proxy.port}`);
  const openThrough = voiceSocketOpener((timeoutMs) =>
    connectorWith({ proxyFor, openTunnel, certificateFor: () => undefined }, timeoutMs),
  );
  const receiver = notes();
  const url = "wss://openai.test/v1/realtime?call_id=rtc_1";
  await openThrough({ url, headers, signal: never }, receiver);
  expect(await receiver.closed).toEqual([4001, "bye"]);
  expect([receiver.seen, proxy.tunnels]).toEqual([["hello"], ["openai.test:443"]]);
});

// What a listener of the HTTP server throws costs its connection, and nothing else.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it } from "vitest";
import { containWith } from "../../../../server/http/server/contain-errors.ts";
import { openRaw } from "../../../support/raw-connection.ts";

const failing = () => {
  throw new Error("broken for Bearer alice-0123456789");
};

it.each<[event: string, listener: () => unknown, request: string]>([
  ["request", failing, "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
  ["request", async () => failing(), "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
  ["checkContinue", failing, "GET / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\r\n"],
  ["upgrade", failing, "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"],
  [
    "upgrade",
    async () => failing(),
    "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
  ],
  ["connection", failing, ""],
])(
  "a %s listener that throws closes the connection, and is logged without secrets",
  async (event, listener, request) => {
    const lines: unknown[][] = [];
    const contain = containWith({ write: (...line) => lines.push(line) });
    const server = createServer();
    const sockets = new Set<Socket>();
    server.prependListener("connection", (socket) => sockets.add(socket));
    const close = () => {
      for (const socket of sockets) socket.destroy();
    };
    server.on(event, contain(event, close, listener));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const caller = await openRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    caller.write(request);
    await caller.closed;
    expect(lines).toEqual([
      [
        "error",
        "connection-failed",
        {
          event,
          cause: { name: "Error", message: "broken for Bearer [redacted]" },
          stack: expect.stringMatching(/^Error: broken for Bearer \[redacted\]\n +at failing/),
        },
      ],
    ]);
    server.close();
  },
);

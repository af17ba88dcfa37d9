// A request whose caller's credential has ended does not go on.
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { cutOff } from "../../../../server/http/response/cut-off.ts";
import { BrokerResponse } from "../../../../server/http/server/broker-response.node.ts";
import { openRaw } from "../../../support/raw-connection.ts";
import { serveNode } from "../../../support/server.ts";

it("an answer that is being sent breaks off with its connection", async () => {
  await using server = await serveNode((_, outgoing) => {
    outgoing.write("half", () => cutOff(outgoing));
  });
  const caller = await openRaw(server.url);
  caller.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await caller.closed;
  expect(caller.received).toMatch(/half\r\n$/);
});

it("a WebSocket's connection is closed, though it is no longer the response's", () => {
  const connection = new Socket();
  const outgoing = new BrokerResponse({ method: "GET" } as IncomingMessage);
  outgoing.upgrade = { connection, head: Buffer.alloc(0) };
  cutOff(outgoing);
  expect(connection.destroyed).toBe(true);
});

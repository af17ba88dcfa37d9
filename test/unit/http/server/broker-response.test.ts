// The response that every answer is written to.
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { BrokerResponse, responseOn } from "../../../../server/http/server/broker-response.node.ts";
import { openRaw } from "../../../support/raw-connection.ts";
import { serveNode } from "../../../support/server.ts";

it("every answer has the response's fields, and its own where both have one", async () => {
  await using server = await serveNode((incoming, outgoing) => {
    outgoing.fields["x-request-id"] = "r1";
    if (incoming.url === "/own") outgoing.writeHead(200, "OK", { "content-security-policy": "own" });
    outgoing.end();
  });
  const [plain, own] = await Promise.all(["/", "/own"].map((path) => fetch(server.url + path)));
  expect([plain, own].map((each) => each?.headers.get("x-request-id"))).toEqual(["r1", "r1"]);
  expect(plain?.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(own?.headers.get("content-security-policy")).toBe("own");
});

it("a socket's response is known while it has the socket, and not before or after", () => {
  const socket = new Socket();
  const response = new BrokerResponse({ method: "GET" } as IncomingMessage);
  expect(responseOn(socket)).toBeUndefined();
  response.assignSocket(socket);
  expect(responseOn(socket)).toBe(response);
  response.detachSocket(socket);
  expect(responseOn(socket)).toBeUndefined();
});

it("a request that asks for no other protocol gets none", () => {
  const response = new BrokerResponse({ method: "GET" } as IncomingMessage);
  expect(() => response.switchProtocols({})).toThrow("asks for no other protocol");
});

it("an answer that is being sent breaks off with its connection", async () => {
  await using server = await serveNode((_, outgoing) => {
    outgoing.write("half", () => outgoing.cutOff());
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
  outgoing.cutOff();
  expect(connection.destroyed).toBe(true);
});

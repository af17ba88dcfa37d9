// Which requests may become WebSockets, and after which answers a connection must end.
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { BrokerResponse } from "../../../../server/http/server/broker-response.node.ts";
import { mayUpgrade, mustClose } from "../../../../server/http/server/upgrades.node.ts";

type Head = Partial<Pick<IncomingMessage, "headers" | "httpVersion" | "method" | "socket" | "url">>;
const head = (more: Head = {}): IncomingMessage =>
  ({
    method: "GET",
    httpVersion: "1.1",
    url: "/v1/realtime?model=x",
    socket: new Socket(),
    headers: {},
    ...more,
  }) as IncomingMessage;
const offers = { upgrade: "WebSocket", connection: "upgrade" };
const may = (more: Head) => mayUpgrade(new Set(["/v1/realtime"]))(head({ headers: offers, ...more }));

it("a GET that offers a WebSocket where one is served may become one", () => {
  expect([may({}), may({ headers: { ...offers, "content-length": "0" } })]).toEqual([true, true]);
});

it.each<[string, Head]>([
  ["another method", { method: "POST" }],
  ["HTTP/1.0", { httpVersion: "1.0" }],
  ["another path", { url: "/v1/realtime/calls" }],
  ["another protocol", { headers: { upgrade: "h2c" } }],
  ["no offer", { headers: {} }],
  ["a body", { headers: { ...offers, "content-length": "1" } }],
  ["a chunked body", { headers: { ...offers, "transfer-encoding": "chunked" } }],
])("%s: it is answered in HTTP", (_, more) => {
  expect(may(more)).toBe(false);
});

it("while the connection still answers an earlier request, it does not become a WebSocket", () => {
  const socket = new Socket();
  const earlier = new BrokerResponse(head({ socket }));
  earlier.assignSocket(socket);
  expect(may({ socket })).toBe(false);
  earlier.detachSocket(socket);
  expect(may({ socket })).toBe(true);
});

it.each<[string, Head, boolean]>([
  ["a plain request", {}, false],
  ["a body that is read", { method: "POST", headers: { "content-length": "5" } }, false],
  ["a chunked body", { method: "POST", headers: { "transfer-encoding": "chunked" } }, false],
  ["an offer that was declined", { headers: { upgrade: "websocket" } }, true],
  ["Java's offer of h2c", { headers: { upgrade: "h2c" } }, false],
  [
    "a chunked body in HTTP/1.0",
    { method: "POST", httpVersion: "1.0", headers: { "transfer-encoding": "chunked" } },
    true,
  ],
  ["a GET with a body", { headers: { "content-length": "5" } }, true],
  ["a HEAD with a chunked body", { method: "HEAD", headers: { "transfer-encoding": "chunked" } }, true],
])("after %s", (_, more, ends) => {
  expect(mustClose(head(more))).toBe(ends);
});

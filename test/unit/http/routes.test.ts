// What the addresses of all operations say together.
import { expect, it } from "vitest";
import { routesOf } from "../../../server/http/routes.ts";

const rows = [
  { routes: { "GET /": "page", "GET /assets/*": "file" } },
  { routes: { "GET /key": "getKey", "POST /key": "createKey" } },
  { routes: { "GET /problems/:code": "problem" } },
  { routes: { "POST /v1/realtime/calls": "call" } },
  { routes: { "GET /v1/*": "relay", "DELETE /v1/*": "relay" } },
  { routes: { "GET /:toolName": "ask", "POST /:toolName": "tool" } },
];
const routes = routesOf(rows);

it("first segments are names that no tool may have; a tool's own place is none of them", () => {
  expect([...routes.names].sort()).toEqual(["", "assets", "key", "problems", "v1"]);
});

it.each([
  ["/:toolName", "/key", true],
  ["/v1/*", "/v1/realtime/calls", true],
  ["/:toolName", "/weather", false],
  ["/v1/*", "/v1/models", false],
  ["/v1/*", "/v1/*", false],
  ["/key", "/key", false],
])("whether a request for %s at %s belongs to another operation: %s", (route, path, isTaken) => {
  expect(routes.isTaken(route, path)).toBe(isTaken);
});

it.each([
  ["/key", ["GET", "POST"]],
  ["/", ["GET"]],
  ["/weather", ["GET", "POST"]],
  ["/problems/not-found", ["GET"]],
  ["/v1/realtime/calls", ["POST"]],
  ["/v1/models", ["GET", "DELETE"]],
  ["/assets/a/b.js", ["GET"]],
  ["/weather/today", []],
  ["/problems/", []],
  ["/weather/", []],
])("at %s the methods %j are answered", (path, methods) => {
  expect(routes.methodsAt(path)).toEqual(methods);
});

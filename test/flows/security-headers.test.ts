// What browsers are told with every answer: each route, each refusal, and what never becomes a request.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { sendRaw } from "../support/raw-request.ts";
import { routes } from "../support/routes.ts";

const token = "alice-0123456789abcdef";
const yaml = `
callers: { tokens: [{ name: alice, token: ${token} }] }
cors: { origins: ["https://app.example.com"] }
metrics: { allow: ["token:alice"] }
limits: { address: none }
`;
const always = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

let broker: TestBroker;
beforeAll(async () => {
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml });
});
afterAll(() => broker.stop());

const expectHeaders = ({ url, status, headers }: Response): void => {
  const at = `${status} ${url}`;
  expect(Object.fromEntries(headers), at).toMatchObject(always);
  expect(headers.get("content-security-policy"), at).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(headers.get("permissions-policy"), at).toMatch(/microphone=\((?:self)?\)/);
  expect(headers.get("cross-origin-resource-policy"), at).toBe(
    /\/(?:client|live|realtime|challenge)\.js$/.test(url) && [200, 304].includes(status)
      ? "cross-origin"
      : "same-origin",
  );
  expect(headers.get("strict-transport-security"), at).toBeNull();
};

describe.each(routes)("%s", (operation) => {
  const [method = "", route = ""] = operation.split(" ");
  const path = route
    .replace(":code", "draining")
    .replace(":toolName", "current_time")
    .replace("*", "no-such-file.js");
  const authorization = `Bearer ${token}`;

  it("carries them for every caller", async () => {
    for (const headers of [{}, { authorization }, { authorization: "Basic eDp5" }]) {
      expectHeaders(await broker.fetch(path, { method, headers }));
    }
  });

  it("carries them to other origins, and before they ask", async () => {
    const origin = "https://app.example.com";
    const headers = { origin, "access-control-request-method": method, authorization };
    expectHeaders(await broker.fetch(path, { method, headers }));
    const preflight = await broker.fetch(path, { method: "OPTIONS", headers });
    expect(preflight.status).toBe(204);
    expectHeaders(preflight);
  });

  it("carries them where it does not answer a method, or an address is too long", async () => {
    for (const [other, tail] of [
      ["DELETE", ""],
      ["HEAD", ""],
      [method, `?a=${"a".repeat(9000)}`],
    ]) {
      expectHeaders(
        await fetch(broker.url + path + tail, { method: other ?? "GET", headers: { authorization } }),
      );
    }
  });
});

it("the answer of 304 carries them too", async () => {
  const etag = (await broker.fetch("/client.js")).headers.get("etag") ?? "";
  const answer = await broker.fetch("/client.js", { headers: { "if-none-match": etag } });
  expect(answer.status).toBe(304);
  expectHeaders(answer);
});

const host = "Host: localhost\r\n";
it.each([
  ["no HTTP", 400, "HELO broker.example\r\n\r\n"],
  ["a bad header", 400, `GET / HTTP/1.1\r\n${host}bad header\r\n\r\n`],
  ["no Host", 400, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
  ["a Host that is none", 400, "GET / HTTP/1.1\r\nHost: a/../b\r\nConnection: close\r\n\r\n"],
  ["a path with a backslash", 400, `GET /\\x HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
  ["an address that is none", 400, `GET http://[ HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
  ["no path at all", 400, `OPTIONS * HTTP/1.1\r\n${host}Connection: close\r\n\r\n`],
  ["two lengths", 400, `POST /tools HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
  [
    "a length and chunks",
    400,
    `POST /tools HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ["an unknown encoding", 400, `POST /tools HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\nhello`],
  ["an endless header", 431, `GET / HTTP/1.1\r\n${host}a: ${"a".repeat(20_000)}\r\n\r\n`],
  ["65 headers", 431, `GET / HTTP/1.1\r\n${host}${"a: b\r\n".repeat(63)}Connection: close\r\n\r\n`],
  ["100 000 characters of headers", 431, `GET / HTTP/1.1\r\n${host}${"a: b\r\n".repeat(16_000)}\r\n`],
])("%s is refused with them, in the words of every refusal", async (_, status, request) => {
  const [head = "", body = ""] = (await sendRaw(broker.url, request)).split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  for (const [name, value] of Object.entries(always)) expect(head).toContain(`${name}: ${value}\r\n`);
  expect(head).toMatch(/^content-security-policy: default-src 'none'/m);
  expect(JSON.parse(body)).toMatchObject({ status, instance: expect.stringMatching(/^[\da-f-]{36}$/) });
});

it("an expectation that nobody knows is no reason to refuse", async () => {
  const request = `GET /healthz HTTP/1.1\r\n${host}Expect: miracles\r\nConnection: close\r\n\r\n`;
  expect(await sendRaw(broker.url, request)).toMatch(/^HTTP\/1\.1 200 .*x-frame-options: DENY/s);
});

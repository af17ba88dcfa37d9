// Requests that two readers could read in two ways, written to the socket as they are: each has one meaning here, or none.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { openRaw } from "../support/raw-connection.ts";
import { sendRaw } from "../support/raw-request.ts";
import { until } from "../support/wait.ts";

let broker: TestBroker;
beforeAll(async () => {
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1" });
});
afterAll(() => broker.stop());

const host = "host: localhost\r\n";
const close = `${host}connection: close\r\n`;
const post = (lengths: string, body: string, version = "1.1") =>
  `POST /current_time HTTP/${version}\r\n${host}content-type: application/json\r\n${lengths}\r\n${body}`;
const hidden = `GET /healthz HTTP/1.1\r\n${close}\r\n`;
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

describe("what could hide a second request is refused, and the connection ends", () => {
  it.each<[what: string, request: string]>([
    ["a length and chunks", post("content-length: 5\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n")],
    ["chunks and a length", post("transfer-encoding: chunked\r\ncontent-length: 5\r\n", "0\r\n\r\n")],
    ["two codings", post("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", "0\r\n\r\n")],
    ["a coding nobody knows", post("transfer-encoding: xchunked\r\n", "0\r\n\r\n")],
    ["a space before the colon", post("transfer-encoding : chunked\r\n", "0\r\n\r\n")],
    ["two lengths", post("content-length: 2\r\ncontent-length: 3\r\n", "{}")],
    ["the same length twice", post("content-length: 2\r\ncontent-length: 2\r\n", "{}")],
    ...["-1", "+2", "0x2", "2 2", "2, 2", "1e1", "9".repeat(20), ""].map((length): [string, string] => [
      `the length "${length}"`,
      post(`content-length: ${length}\r\n`, "{}"),
    ]),
    ["a chunk of negative size", post("transfer-encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n")],
    [
      "a chunk of endless size",
      post("transfer-encoding: chunked\r\n", `${"f".repeat(17)}\r\n{}\r\n0\r\n\r\n`),
    ],
    ["chunks with bare line feeds", post("transfer-encoding: chunked\r\n", "2\n{}\n0\n\n")],
    [
      "an endless extension of a chunk",
      post("transfer-encoding: chunked\r\n", `2;${"a".repeat(20_000)}\r\n{}`),
    ],
    ["bare line feeds", `GET /healthz HTTP/1.1\n${host.replace("\r", "")}\n`],
    ["one bare line feed", `GET /healthz HTTP/1.1\r\n${host}x: a\n\r\n`],
    ["a bare carriage return", `GET /healthz HTTP/1.1\r\n${host}x: a\rb: c\r\n\r\n`],
    ["a folded header", `GET /healthz HTTP/1.1\r\n${host}x: a\r\n b\r\n\r\n`],
    ["a first header that begins with a space", `GET /healthz HTTP/1.1\r\n x: a\r\n${host}\r\n`],
    ["a NUL in a header", `GET /healthz HTTP/1.1\r\n${host}x: a\0b\r\n\r\n`],
    ["two hosts", `GET /healthz HTTP/1.1\r\n${host}host: other\r\n\r\n`],
  ])("%s", async (_, request) => {
    const answer = await sendRaw(broker.url, request + hidden);
    expect(statuses(answer)).toEqual([400]);
    expect(answer).toContain('"type":"/problems/request-malformed"');
  });

  it("chunks in HTTP/1.0, which has none", async () => {
    const request = post("connection: keep-alive\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n", "1.0");
    expect(statuses(await sendRaw(broker.url, request + hidden))).toEqual([422]);
  });
});

describe("a path means what its characters say", () => {
  it.each([
    ...[
      "/healthz",
      "/healthz?",
      "/%68ealthz",
      "/./healthz",
      "/x/../healthz",
      "http://other.example/healthz",
    ].map((path): [string, number] => [path, 200]),
    ...[
      "/%",
      "/%zz",
      "/%00",
      "//healthz",
      "/healthz/",
      "/..%2fhealthz",
      "/%2fhealthz",
      "/healthz%00",
      "/HEALTHZ",
    ].map((path): [string, number] => [path, 404]),
    ...["", "*", "?", "healthz", "/\\healthz", "/a b", "/\xff", "http://[::1/"].map(
      (path): [string, number] => [path, 400],
    ),
  ])("%j is answered with %i", async (path, status) => {
    expect(statuses(await sendRaw(broker.url, `GET ${path} HTTP/1.1\r\n${close}\r\n`))).toEqual([status]);
  });

  it("OPTIONS of everything is refused", async () => {
    expect(statuses(await sendRaw(broker.url, `OPTIONS * HTTP/1.1\r\n${close}\r\n`))).toEqual([400]);
  });
});

describe("what would make another protocol of the connection", () => {
  it.each([
    ["a tunnel", `CONNECT other.example:443 HTTP/1.1\r\n${host}\r\n`],
    [
      "a tunnel that brings a body",
      `CONNECT other.example:443 HTTP/1.1\r\n${host}content-length: 1\r\n\r\na`,
    ],
  ])("%s is closed without a word", async (_, request) => {
    expect(await sendRaw(broker.url, request)).toBe("");
  });

  it("HTTP/2, said beforehand, is refused", async () => {
    expect(statuses(await sendRaw(broker.url, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))).toEqual([400]);
  });

  it("HTTP/2, when offered, is not taken up: the request is answered, and so is the next", async () => {
    const connection = await openRaw(broker.url);
    const offer =
      "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";
    for (const count of [1, 2, 3]) {
      connection.write(`GET /healthz HTTP/1.1\r\n${host}${count === 1 ? offer : ""}\r\n`);
      await until("it is answered", () => statuses(connection.received).length === count);
    }
    expect(statuses(connection.received)).toEqual([200, 200, 200]);
    connection.reset();
  });

  it("a protocol nobody knows is not taken up, and the connection ends, as what follows could be of that protocol", async () => {
    const offer = "connection: upgrade\r\nupgrade: other\r\n";
    expect(
      statuses(await sendRaw(broker.url, `GET /healthz HTTP/1.1\r\n${host}${offer}\r\n${hidden}`)),
    ).toEqual([200]);
  });
});

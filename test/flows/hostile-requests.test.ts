// Bodies and addresses that no honest client sends: each gets the common refusal, and the tool never runs.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Backend, sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";
import { sendRaw } from "../support/raw-request.ts";

let backend: Backend;
let broker: TestBroker;

const yaml = (url: string) => `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [strict] } }
tools:
  strict:
    description: Takes what it names.
    parameters: { type: object, properties: { text: {} } }
    request: { method: POST, url: "${url}/", body: { text: "{text}" } }
`;

beforeAll(async () => {
  backend = await startBackend((response) => sendJson(response, "the tool ran"));
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: yaml(backend.url) });
});
afterAll(async () => {
  await broker.stop();
  await backend[Symbol.asyncDispose]();
});
beforeEach(() => {
  backend.requests.length = 0;
});

const post = (body: string, type = "application/json"): RequestInit => ({
  method: "POST",
  headers: type === "" ? {} : { "content-type": type },
  body: new Uint8Array(Buffer.from(body)),
});

const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const mebibyte = "x".repeat(1024 * 1024);

it.each<[what: string, status: number, code: string, init: RequestInit]>([
  ["what is not JSON", 400, "request-malformed", post("{text: 1}")],
  ["JSON with something after it", 400, "request-malformed", post("{} {}")],
  ["an array", 400, "request-malformed", post("[1]")],
  ["null", 400, "request-malformed", post("null")],
  ["a bare text", 400, "request-malformed", post('"text"')],
  ["a NUL byte", 400, "request-malformed", post("\0")],
  ["nesting without end", 400, "request-malformed", post(`{"text":${deep(50_000)}}`)],
  ["nesting 33 deep", 400, "request-malformed", post(`{"text":${deep(32)}}`)],
  ["a form", 415, "media-type-unsupported", post("text=a", "application/x-www-form-urlencoded")],
  ["JSON that says it is text", 415, "media-type-unsupported", post("{}", "text/plain")],
  ["JSON that says nothing", 415, "media-type-unsupported", post("{}", "")],
  ["more than 2 MiB", 413, "request-too-large", post(`{"text":"${mebibyte}${mebibyte}"}`)],
])("refuses %s", async (_, status, code, init) => {
  const answer = await broker.fetch("/strict", init);
  expect([answer.status, (await problemIn(answer)).code]).toEqual([status, code]);
  expect(backend.requests).toEqual([]);
});

const chunked = (): RequestInit & { duplex: "half" } => {
  const body = new ReadableStream({
    start: (controller) => {
      for (let sent = 0; sent < 3; sent += 1) controller.enqueue(Buffer.from(mebibyte));
      controller.close();
    },
  });
  return { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" };
};

it("refuses more than 2 MiB that come without a length", async () => {
  const answer = await broker.fetch("/strict", chunked());
  expect([answer.status, (await problemIn(answer)).code]).toEqual([413, "request-too-large"]);
});

it("takes chunks without anything in them for no body", async () => {
  const head = "Host: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  const post = (body: string) => sendRaw(broker.url, `POST /strict HTTP/1.1\r\n${head}${body}`);
  expect(await post("0\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
  expect(await post("2\r\n{}\r\n0\r\n\r\n")).toMatch(/^HTTP\/1\.1 415 /);
});

describe("a caller who asks before it sends the body", () => {
  const ask = (length: number, more = "") =>
    `POST /strict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\nConnection: close\r\n${more}\r\n`;

  it("is refused at once when the body would be too large, or the caller is not let in", async () => {
    expect(await sendRaw(broker.url, ask(9_000_000))).toMatch(/^HTTP\/1\.1 413 .*request-too-large/s);
    const stranger = ask(12, "Authorization: Bearer nobody-0123456789\r\n");
    expect(await sendRaw(broker.url, stranger)).toMatch(/^HTTP\/1\.1 401 .*credentials-rejected/s);
    expect(backend.requests).toEqual([]);
  });

  it("is told to go on otherwise", async () => {
    const answer = await sendRaw(broker.url, `${ask(12)}{"text":"a"}`);
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 .*the tool ran/s);
  });
});

it("takes my next request after one that was too large", async () => {
  for (const large of [post(`{"text":"${mebibyte}${mebibyte}"}`), chunked()]) {
    const refused = await broker.fetch("/strict", large);
    expect(refused.headers.get("connection")).toBe("close");
    expect((await broker.fetch("/strict?text=a")).status).toBe(200);
  }
});

it.each([
  ["an endless address", `GET /strict?text=${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
  ["an endless header", `GET /strict HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`],
])("refuses %s in the words of every refusal", async (_, request) => {
  const [head = "", body = ""] = (await sendRaw(broker.url, request)).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 431 .*content-type: application\/problem\+json/is);
  expect(JSON.parse(body)).toMatchObject({ type: "/problems/headers-too-large", status: 431 });
  expect(backend.requests).toEqual([]);
});

it("refuses what is not HTTP in the words of every refusal", async () => {
  const answer = await sendRaw(broker.url, "HELO broker.example\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 400 .*"type":"\/problems\/request-malformed"/s);
});

// Bodies made to take a service's time and memory, against a process of its own: it goes on, and others hardly notice.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { slowness } from "../support/cpu-time.ts";
import { type FakeOpenAi, fakeOpenAi } from "../support/fake-openai.ts";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";

const MIB = 1024 * 1024;
const CAROL = "carol-0123456789";
const yaml = relayYaml(
  "{ carols: { allow: ['token:carol'], moderation: {}, cache_seconds: 60 }, all: { allow: [everyone] } }",
  `
metrics: { allow: ["token:alice"] }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [open] } }
tools:
  open:
    description: Takes anything.
    parameters: { type: object, additionalProperties: true }
    request: { url: "http://127.0.0.1:9/" }
`,
).replace("tokens: [", `tokens: [{ name: carol, token: ${CAROL} }, `);

let openai: FakeOpenAi;
let service: ServiceProcess;
let url: string;

const start = async () => {
  openai = await fakeOpenAi((answer, { body }) => {
    if (body.startsWith('{"model":"slow"')) return void answer.writeHead(200).write("it begins");
    answer.writeHead(200, { "content-type": "application/json" }).end('{"results":[{"flagged":false}]}');
  });
  const env = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: openai.baseUrl, DATABASE_URL: "sqlite::memory:" };
  service = startProcess({ ...env, LOG_LEVEL: "info" }, yaml);
  url = await service.listening();
};
const stop = async () => {
  await service[Symbol.asyncDispose]();
  await openai[Symbol.asyncDispose]();
};

/**
 * Milliseconds for which the service's event loop has stood still at most, since the last time it was asked, as it would be on a
 * machine with nothing else to do.
 */
const longestBlock = async (): Promise<number> => {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ALICE}` } });
  const [, seconds] = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await answer.text()) ?? [];
  return (Number(seconds) * 1000) / slowness();
};

const post = async (
  path: string,
  body: Buffer,
  type = "application/json",
  token = ALICE,
): Promise<number | undefined> => {
  const headers = { authorization: `Bearer ${token}`, "content-type": type, "content-length": body.length };
  const asking = request(`${url}${path}`, { method: "POST", headers, agent: false });
  // Who is refused early may be cut off.
  asking.on("error", () => {});
  asking.end(body);
  const [answer] = await once(asking, "response");
  answer.resume();
  await once(answer, "close");
  return answer.statusCode;
};

const chat = (more: string) => Buffer.from(`{"model":"gpt-5-mini","messages":[],${more}}`);
const filled = (start: string, unit: string, end: string, bytes: number) =>
  Buffer.from(start + unit.repeat(bytes / Buffer.byteLength(unit)) + end);
const names = (count: number) => Array.from({ length: count }, (_, index) => `"${index}":{}`).join();
const LARGE = 49 * MIB;

/** Far more than the tenth of a second that it takes: a slow machine that was busier than when that was measured took 1.5 s. */
const MAX_BLOCK_MS = 4000;

describe("one service, of all these one after the other", () => {
  beforeAll(start);
  beforeEach(async () => {
    openai.asked.length = 0;
    await longestBlock();
  });
  afterAll(stop);

  it.each<[what: string, status: number, body: Buffer]>([
    ["opening brackets", 400, filled('{"a":', "[", "", LARGE)],
    ["empty objects", 400, filled('{"a":[', "{},", "1]}", LARGE)],
    ["numbers", 400, filled('{"a":[', "1,", "1]}", LARGE)],
    ["one number", 200, filled('{"model":"a","messages":[],"a":', "1", "}", LARGE)],
    ["escaped letters", 200, filled('{"model":"a","messages":[],"a":"', "\\u0041", '"}', LARGE)],
    ["letters of three bytes", 200, filled('{"model":"a","messages":[],"a":"', "\u4e2d", '"}', LARGE)],
    ["spaces", 200, filled('{"model":"a","messages":[]', " ", "}", LARGE)],
    ["one name", 400, filled('{"', "a", '":1}', LARGE)],
    ["many names", 400, chat(names(1_000_000))],
    ["objects of many names", 400, filled('{"a":[', `{${names(9000)}},`, "1]}", LARGE)],
    ["repeated names", 400, filled("{", '"a":1,', '"a":1}', LARGE)],
  ])(
    "four times 50 MiB of %s",
    async (_, status, body) => {
      const statuses = await Promise.all(Array.from({ length: 4 }, () => post("/v1/chat/completions", body)));
      expect([[status], [status, 503], [503, status]]).toContainEqual([...new Set(statuses)]);
      expect(await longestBlock()).toBeLessThan(MAX_BLOCK_MS);
      expect(service.residentMb().most).toBeLessThan(700);
    },
    240_000,
  );

  it("what moderation and cache read: as much as they take", async () => {
    for (const body of [
      chat(`"temperature":0,"a":[${Array.from({ length: 12_000 }, (_, index) => `{"${index}":1}`).join()}]`),
      filled('{"model":"a","temperature":0,"messages":[{"content":"', "\u4e2d", '"}]}', 7 * MIB),
      filled('{"model":"a","temperature":0,"messages":[{"content":"', "\\n", '"}]}', 7 * MIB),
    ]) {
      // More text than moderation checks at once is read all the same.
      const status = await post("/v1/chat/completions", body, "application/json", CAROL);
      expect(status).toBeOneOf([200, 413]);
      expect(await longestBlock()).toBeLessThan(MAX_BLOCK_MS);
    }
  });

  it.each<[what: string, path: string, body: Buffer]>([
    [
      "a tool call of 2 MiB with a long name around many repeated ones",
      "/open",
      filled(`{"${"x".repeat(MIB)}":{`, '"a":1,', '"a":1}}', MIB - 100),
    ],
    [
      "a tool call of 2 MiB with long names around many repeated ones",
      "/open",
      filled(`{"${"x".repeat(1024)}":{"${"x".repeat(1024)}":{`, '"a":1,', '"a":1}}}', 100_000),
    ],
    ["a tool call of 2 MiB of objects", "/open", filled('{"a":[', "{},", "1]}", 2 * MIB - 20)],
    ["a tool call of numbers that are too large", "/open", filled('{"a":[', "1e999,", "1]}", 100_000)],
    [
      "a key request of 64 KiB",
      "/ephemeral-key",
      filled(`{"${"x".repeat(1000)}":{`, '"a":1,', '"a":1}}', 62_000),
    ],
    ["a key request of many names", "/ephemeral-key", Buffer.from(`{"session":{${names(5000)}}}`)],
  ])(
    "%s",
    async (_, path, body) => {
      const statuses = await Promise.all(Array.from({ length: 8 }, () => post(path, body)));
      for (const status of statuses) expect([400, 422]).toContain(status);
      expect(await longestBlock()).toBeLessThan(MAX_BLOCK_MS);
      expect(service.residentMb().most).toBeLessThan(700);
    },
    120_000,
  );

  it.each([
    ["100,000 parts", `--b\r\ncontent-disposition: form-data; name="a[]"\r\n\r\n\r\n`, 6 * MIB, 400],
    ["what looks like its boundary", "\r\n--", 49 * MIB, 400],
  ])("a form of %s", async (_, unit, bytes, status) => {
    const start = `--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n`;
    const body = filled(start, unit, "\r\n--b\r\n", bytes);
    expect(await post("/v1/audio/transcriptions", body, "multipart/form-data; boundary=b")).toBe(status);
    expect(await longestBlock()).toBeLessThan(MAX_BLOCK_MS);
  });
});

describe("a service that was just started", () => {
  beforeEach(start);
  afterEach(stop);

  it("bodies whose answers have begun are in memory no more", async () => {
    const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
    const body = filled('{"model":"slow","input":"', "a", '"}', LARGE);
    for (let asked = 0; asked < 10; asked += 1) {
      const asking = request(`${url}/v1/responses`, { method: "POST", headers, agent: false });
      asking.on("error", () => {});
      asking.end(body);
      const [answer] = (await once(asking, "response")) as [IncomingMessage];
      expect(answer.statusCode).toBe(200);
      answer.resume();
    }
    expect(service.residentMb().now).toBeLessThan(400);
  });

  it("a body in two million pieces is read as it comes, and no heap of pieces is left behind", async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const head = `authorization: Bearer ${ALICE}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked`;
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${head}\r\n\r\n`);
    for (let sent = 0; sent < 2 * MIB; sent += 100_000) {
      if (!socket.write("1\r\n \r\n".repeat(100_000))) await once(socket, "drain");
    }
    socket.write("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    expect(service.residentMb().most).toBeLessThan(350);
    expect(await longestBlock()).toBeLessThan(MAX_BLOCK_MS);
  });
});

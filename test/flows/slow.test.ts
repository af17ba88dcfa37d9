// Callers who send or take too slowly, on sockets of their own: each has its time, and nobody else waits for them.
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Backend, startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

const env = { HEADER_TIMEOUT_SECONDS: "1", REQUEST_TIMEOUT_SECONDS: "3" };
/** For a machine that has much else to do. */
const MARGIN_MS = 15_000;
// More than the system keeps on its way by itself.
const LARGE = 32 * 1024 * 1024;
const yaml = (url: string) => `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [large, current_time] } }
tools: { large: { description: Much., request: { url: "${url}/" }, max_answer_bytes: ${LARGE} } }
`;

let backend: Backend;
let broker: TestBroker;
beforeAll(async () => {
  backend = await startBackend((response) => response.end("a".repeat(LARGE)));
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: yaml(backend.url), env });
});
afterAll(async () => {
  await broker.stop();
  await backend[Symbol.asyncDispose]();
});

interface Slow {
  /** Written at once, then the drip ten times a second. */
  begin: string;
  drip: string;
  /** Whether it takes what it is sent. */
  reads?: boolean;
}

/** What it was told, and after how many milliseconds its connection was closed. */
const endOf = ({ begin, drip, reads = true }: Slow): Promise<{ text: string; ms: number }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(broker.url);
    const began = performance.now();
    let text = "";
    let dripping: NodeJS.Timeout | undefined;
    const socket = connect(Number(port), hostname, () => {
      socket.write(begin);
      dripping = setInterval(() => socket.writable && socket.write(drip), 100);
    });
    if (reads) socket.on("data", (chunk) => (text += String(chunk)));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (!["ECONNRESET", "EPIPE"].includes(error.code ?? "")) reject(error);
    });
    socket.once("close", () => {
      clearInterval(dripping);
      resolve({ text, ms: performance.now() - began });
    });
  });

const host = "host: localhost\r\n";
const json = `POST /current_time HTTP/1.1\r\n${host}content-type: application/json\r\n`;

it.concurrent.each<[what: string, seconds: number, slow: Slow]>([
  ["headers that come drop by drop", 1, { begin: `GET / HTTP/1.1\r\n${host}`, drip: "x: 1\r\n" }],
  ["headers that stop", 1, { begin: `GET / HTTP/1.1\r\n${host}`, drip: "" }],
  ["a connection on which nothing comes", 1, { begin: "", drip: "" }],
  ["a body that comes drop by drop", 3, { begin: `${json}content-length: 1000\r\n\r\n{`, drip: " " }],
  ["a body that stops", 3, { begin: `${json}content-length: 1000\r\n\r\n{`, drip: "" }],
  [
    "chunks that come one by one",
    3,
    { begin: `${json}transfer-encoding: chunked\r\n\r\n`, drip: "1\r\n \r\n" },
  ],
  [
    "a body that was asked for and never sent",
    3,
    { begin: `${json}content-length: 9\r\nexpect: 100-continue\r\n\r\n`, drip: "" },
  ],
])("%s end after %i s, and are told why", async (_, seconds, slow) => {
  const { text, ms } = await endOf(slow);
  expect(text).toMatch(/HTTP\/1\.1 408 .*"type":"\/problems\/request-too-slow"/s);
  expect(ms).toBeGreaterThan(seconds * 1000 - 100);
  expect(ms).toBeLessThan(seconds * 1000 + MARGIN_MS);
});

it.concurrent.each(["content-length: 1000000\r\n\r\n", "transfer-encoding: chunked\r\n\r\n1\r\na\r\n"])(
  "a body that nobody asked for keeps no connection open: GET with %j",
  async (body) => {
    const { text, ms } = await endOf({
      begin: `GET /healthz HTTP/1.1\r\n${host}${body}`,
      drip: "1\r\na\r\n",
    });
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(ms).toBeLessThan(MARGIN_MS);
  },
);

it("an answer that nobody takes is not kept for ever", async () => {
  const begin = `GET /large HTTP/1.1\r\n${host}\r\n`;
  const { ms } = await endOf({ begin, drip: "\r\n", reads: false });
  expect(ms).toBeGreaterThan(2900);
  // The three seconds begin with the last bytes that the system takes, and a busy machine takes long to fetch 32 MiB.
  expect(ms).toBeLessThan(3000 + MARGIN_MS);
});

it("an answer that its caller reads comes whole", async () => {
  expect((await (await broker.fetch("/large")).text()).length).toBe(LARGE);
});

it("a kept connection that has nothing to say stays open meanwhile", async () => {
  const { hostname, port } = new URL(broker.url);
  const socket = connect(Number(port), hostname);
  const request = `GET /healthz HTTP/1.1\r\n${host}\r\n`;
  const next = () => new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
  socket.write(request);
  expect(await next()).toMatch(/^HTTP\/1\.1 200/);
  await endOf({ begin: `${json}content-length: 9\r\n\r\n`, drip: "" });
  socket.write(request);
  expect(await next()).toMatch(/^HTTP\/1\.1 200/);
  socket.destroy();
});

it("headers have less time than a whole request", async () => {
  const headers = endOf({ begin: `GET / HTTP/1.1\r\n${host}`, drip: "" }).then(() => "headers");
  const body = endOf({ begin: `${json}content-length: 9\r\n\r\n{`, drip: "" }).then(() => "body");
  expect(await Promise.race([headers, body])).toBe("headers");
  await body;
});

it("in great numbers they keep nobody else from being served", async () => {
  const medianMs = async () => {
    const times: number[] = [];
    for (let count = 0; count < 50; count += 1) {
      const began = performance.now();
      expect((await broker.fetch("/problems")).status).toBe(200);
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b)[25] ?? 0;
  };
  const alone = await medianMs();
  const begin = `GET / HTTP/1.1\r\n${host}`;
  const slow = Array.from({ length: 500 }, () => endOf({ begin, drip: "x: 1\r\n" }));
  expect(await medianMs()).toBeLessThan(Math.max(250, 20 * alone));
  for (const { text } of await Promise.all(slow)) expect(text).toContain("408");
});

// The relay as a process of its own under much of everything: what it takes of the machine, and gives back.
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { serve, type TestServer } from "../support/server.ts";

const GIB = 1024 ** 3;
const chunk = Buffer.alloc(64 * 1024, "0123456789abcdef");
const chatted = JSON.stringify({
  id: "chatcmpl-1",
  choices: [],
  usage: { prompt_tokens: 1, completion_tokens: 1 },
});

let openai: TestServer;
let received = 0;
let service: ServiceProcess;
let url: string;

// From the second start on what is compiled is kept, and the compiler for types is in nobody's memory.
beforeAll(async () => {
  await using first = startProcess(
    { OPENAI_API_KEY: "sk-test", DATABASE_URL: "sqlite::memory:" },
    relayYaml(),
  );
  await first.listening();
  first.signal("SIGTERM");
  await first.exited;
}, 30_000);

beforeEach(async () => {
  received = 0;
  openai = await serve(async (asked, answer) => {
    answer.setMaxListeners(0);
    if (asked.method === "GET") {
      answer.writeHead(200, { "content-type": "application/octet-stream", "content-length": GIB });
      for (let sent = 0; sent < GIB && !answer.destroyed; sent += chunk.length) {
        if (!answer.write(chunk)) await Promise.race([once(answer, "drain"), once(answer, "close")]);
      }
      return void answer.end();
    }
    let body = "";
    for await (const part of asked) {
      received += part.length;
      if (body.length < 1000) body += part;
    }
    if (!body.includes('"stream":true')) {
      return void answer.writeHead(200, { "content-type": "application/json" }).end(chatted);
    }
    answer.writeHead(200, { "content-type": "text/event-stream" });
    answer.write("data: {}\n\n");
    await sleep(5);
    answer.end("data: [DONE]\n\n");
  });
  const env = {
    OPENAI_API_KEY: "sk-test",
    OPENAI_BASE_URL: `${openai.url}/v1`,
    LOG_LEVEL: "warn",
    DATABASE_URL: "sqlite::memory:",
  };
  service = startProcess(
    { ...env, LOG_LEVEL: "info" },
    relayYaml("{ all: { allow: [everyone], paths: [/v1/*] } }"),
  );
  url = await service.listening();
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await openai[Symbol.asyncDispose]();
});

const authorization = `Bearer ${ALICE}`;

it("a gibibyte goes up in 200 MB", async () => {
  const headers = { authorization, "content-type": "application/octet-stream", "content-length": GIB };
  const upload = httpRequest(`${url}/v1/files`, { method: "POST", headers });
  const answered = once(upload, "response") as Promise<[IncomingMessage]>;
  for (let sent = 0; sent < GIB; sent += chunk.length) if (!upload.write(chunk)) await once(upload, "drain");
  upload.end();
  const [answer] = await answered;
  expect([answer.statusCode, received]).toEqual([200, GIB]);
  expect(service.residentMb().most).toBeLessThan(200);
}, 120_000);

it("a gibibyte comes down in 200 MB, also for who takes it slowly at first", async () => {
  const { statusCode, body } = await request(`${url}/v1/files/file-1/content`, {
    headers: { authorization },
  });
  await sleep(1500);
  let taken = 0;
  for await (const part of body) taken += part.length;
  expect([statusCode, taken]).toEqual([200, GIB]);
  expect(service.residentMb().most).toBeLessThan(200);
}, 120_000);

it("a hundred thousand requests leave nothing behind", async () => {
  const CONNECTIONS = 64;
  const agent = new Agent({ connections: CONNECTIONS });
  let [whole, left] = [0, 0];
  const ask = async (index: number): Promise<void> => {
    const isStream = index % 10 === 0;
    const leaving = index % 50 === 0 ? new AbortController() : undefined;
    const { statusCode, body } = await request(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-5-mini", stream: isStream, messages: [] }),
      dispatcher: agent,
      ...(leaving && { signal: leaving.signal }),
    });
    leaving?.abort();
    const text = await body.text().catch(() => undefined);
    expect(statusCode).toBe(200);
    if (text === undefined) left += 1;
    else if (text === chatted || text.endsWith("data: [DONE]\n\n")) whole += 1;
  };
  let next = 0;
  const askUntil = (end: number) =>
    Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (next < end) {
          next += 1;
          await ask(next);
        }
      }),
    );
  await askUntil(30_000);
  const before = service.residentMb().now;
  await askUntil(100_000);
  const after = service.residentMb().now;
  expect(whole + left).toBe(100_000);
  expect(left).toBeGreaterThan(1000);
  expect(after - before).toBeLessThan(15);
  await agent.close();
  await sleep(500);
  // What is left are connections to OpenAI, kept for the next caller.
  expect(service.descriptors()).toBeLessThan(CONNECTIONS + 60);
}, 180_000);

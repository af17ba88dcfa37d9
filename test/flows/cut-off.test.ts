// What the service carries is cut when the caller is admitted no more: relayed WebSockets, and answers that take long.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { sqlUsers } from "../../server/auth/users/users.sql.ts";
import type { Clock } from "../../server/clock.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { askBroker } from "../support/cli.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { createDatabase } from "../support/postgres.ts";
import { until } from "../support/wait.ts";

const secret = "0123456789abcdef0123456789abcdef";
const yaml = `
callers:
  tokens: [{ name: alice, token: alice-0123456789 }]
  issuers: [{ issuer: idp, audience: voice, algorithms: [HS256], shared_secret: ${secret} }]
limits: { address: none }
`;

const sqlite = async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-cut-"));
  return {
    url: `sqlite:${folder}/broker.db`,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  };
};

const bearer = (token = "") => ({ headers: { authorization: `Bearer ${token}` } });

/** An open WebSocket, and when it closed. */
const openSocket = async (broker: TestBroker, token: string | undefined) => {
  const socket = new WebSocket(`${broker.url.replace("http", "ws")}/v1/realtime`, bearer(token));
  const closed = once(socket, "close").then(([code]) => ({ code, at: performance.now() }));
  await once(socket, "message");
  return { socket, closed };
};

/** A second, and as much again as a slow machine may need. */
const CUT_MS = 3000;

const isOpen = ({ socket }: { socket: WebSocket }) => socket.readyState === WebSocket.OPEN;

describe.each([
  ["SQLite", sqlite],
  ["Postgres", createDatabase],
])("with users on %s", (_, createPlace) => {
  it("a user's WebSockets are cut within a second of every command that ends their token", async () => {
    await using place = await createPlace();
    const env = { DATABASE_URL: place.url };
    await using openai = await emulateOpenAi();
    const { token: bob } = await askBroker("users add bob", env);
    const { token: eve } = await askBroker("users add eve", env);
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, env });
    const others = [await openSocket(broker, eve), await openSocket(broker, "alice-0123456789")];

    const cutBy = async (command: string, token: string | undefined) => {
      const sockets = [await openSocket(broker, token), await openSocket(broker, token)];
      const answer = await askBroker(command, env);
      const ended = performance.now();
      for (const { closed } of sockets) expect((await closed).at - ended).toBeLessThan(CUT_MS);
      return answer.token;
    };
    const second = await cutBy("users rotate bob --overlap 0", bob);
    await cutBy("users disable bob", second);
    await askBroker("users enable bob", env);
    await cutBy("users remove bob", second);

    expect(others.map(isOpen)).toEqual([true, true]);
    await until("the log has all six", () => cutLines(broker).length === 6);
    expect(cutLines(broker)[0]).toMatchObject({
      route: "/v1/realtime",
      status: 101,
      caller: "user:bob",
      cut_off: expect.stringMatching(/^the token \w{12} was rotated out, or its user disabled or removed$/),
    });
    expect(JSON.stringify(broker.logs)).not.toContain(bob?.slice(17));
    for (const { socket } of others) socket.terminate();
  });
});

const cutLines = (broker: TestBroker) => broker.logs.filter((line) => "cut_off" in line);

/** A clock that can be put forward. */
const movableClock = () => {
  let ahead = 0;
  const clock: Clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() };
  return {
    clock,
    pass: (ms: number) => {
      ahead += ms;
    },
  };
};

const jwt = (subject: string, seconds: number) =>
  new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("idp")
    .setAudience("voice")
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${seconds}s`)
    .sign(Buffer.from(secret));

it("a JWT's WebSocket is cut at its exp, at OpenAI's end too, and another's goes on", async () => {
  await using openai = await emulateOpenAi();
  const { clock, pass } = movableClock();
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, clock });
  const jane = await openSocket(broker, await jwt("jane", 300));
  const john = await openSocket(broker, await jwt("john", 3600));
  const openCalls = async () => {
    const answer = await fetch(new URL("/emulator/calls", openai.baseUrl));
    const { calls } = (await answer.json()) as { calls: { open: boolean }[] };
    return calls.filter((call) => call.open).length;
  };
  expect(await openCalls()).toBe(2);
  pass(301_000);
  await jane.closed;
  await until("OpenAI's end is closed", async () => (await openCalls()) === 1);
  expect(isOpen(john)).toBe(true);
  await until("it is logged", () => cutLines(broker).length === 1);
  expect(cutLines(broker)[0]).toMatchObject({
    caller: "jwt:idp#jane",
    cut_off: "the token has expired",
  });
  john.socket.terminate();
});

it("a JWT that is let in within the clocks' tolerance is cut at its end, not at once", async () => {
  await using openai = await emulateOpenAi();
  const { clock, pass } = movableClock();
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, clock });
  const token = await jwt("jane", 300);
  pass(302_000);
  const jane = await openSocket(broker, token);
  // Longer than a sweep takes to come.
  await setTimeout(700);
  expect(isOpen(jane)).toBe(true);
  pass(3000);
  await jane.closed;
});

it("a WebSocket that is not open yet is cut too, and none is opened at OpenAI", async () => {
  await using openai = await emulateOpenAi();
  const { clock, pass } = movableClock();
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, clock });
  await openai.failMint({ delay_ms: 3000 });
  const socket = new WebSocket(
    `${broker.url.replace("http", "ws")}/v1/realtime`,
    bearer(await jwt("jane", 300)),
  );
  const failed = once(socket, "error");
  await until("OpenAI is asked for a key", async () => (await openai.mints()).length === 1);
  pass(301_000);
  await failed;
  await until("it is logged", () => cutLines(broker).length === 1);
  expect(cutLines(broker)[0]).toMatchObject({ status: 499, cut_off: "the token has expired" });
  const { calls } = (await (await fetch(new URL("/emulator/calls", openai.baseUrl))).json()) as {
    calls: unknown[];
  };
  expect(calls).toEqual([]);
});

describe("an answer that takes long", () => {
  let place: Awaited<ReturnType<typeof sqlite>>;
  beforeAll(async () => {
    place = await sqlite();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const chat = (token: string | undefined, body: object = {}) => ({
    method: "POST",
    headers: { ...bearer(token).headers, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hello" }], ...body }),
  });

  /** Bob, and a service over an OpenAI that begins to answer and says no end. */
  const begin = async (name: string, relay: string, isBegun = true) => {
    const env = { DATABASE_URL: place.url };
    const { token } = await askBroker(`users add ${name}`, env);
    const answers: ServerResponse[] = [];
    const openai = await fakeOpenAi((answer) => {
      answers.push(answer);
      if (!isBegun) return;
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write('data: {"choices":[]}\n\n');
    });
    const broker = await createTestBroker({ openai: openai.baseUrl, yaml: yaml + relay, env });
    const users = sqlUsers(await openSqlite(place.url.slice("sqlite:".length), loadMigrations("sqlite")));
    return {
      ...{ token, answers, broker, disable: () => users.disable(name, Date.now()) },
      [Symbol.asyncDispose]: async () => {
        await broker.stop(0);
        await openai[Symbol.asyncDispose]();
      },
    };
  };

  it("is cut when its caller is disabled, and OpenAI is told", async () => {
    await using flow = await begin("bob", "");
    const { token, answers, broker, disable } = flow;
    const answer = await fetch(`${broker.url}/v1/chat/completions`, chat(token, { stream: true }));
    const body = answer.text();
    const closed = once(answers[0] as ServerResponse, "close");
    await disable();
    await expect(body).rejects.toThrow();
    await closed;
    await until("it is logged", () => cutLines(broker).length === 1);
    expect(cutLines(broker)[0]).toMatchObject({ status: 200, caller: "user:bob" });
  });

  it("is cut before it has begun, too", async () => {
    await using flow = await begin("dan", "", false);
    const { token, answers, broker, disable } = flow;
    const answer = fetch(`${broker.url}/v1/chat/completions`, chat(token));
    await until("OpenAI is asked", () => answers.length === 1);
    const closed = once(answers[0] as ServerResponse, "close");
    await disable();
    await expect(answer).rejects.toThrow();
    await closed;
    await until("it is logged", () => cutLines(broker).length === 1);
    expect(cutLines(broker)[0]).toMatchObject({ status: 499, level: "info" });
  });

  it("goes on for another who waits for the same one", async () => {
    await using flow = await begin("kim", "relay: { all: { allow: [everyone], cache_seconds: 60 } }");
    const { token, answers, broker, disable } = flow;
    const asked = { stream: true, temperature: 0 };
    const path = `${broker.url}/v1/chat/completions`;
    const kims = await fetch(path, chat(token, asked));
    const alices = await fetch(path, chat("alice-0123456789", asked));
    expect(alices.headers.get("x-broker-cache")).toBe("joined");
    await disable();
    await expect(kims.text()).rejects.toThrow();
    answers[0]?.end("data: [DONE]\n\n");
    expect(await alices.text()).toMatch(/\[DONE\]\n\n$/);
    expect(answers).toHaveLength(1);
  });
});

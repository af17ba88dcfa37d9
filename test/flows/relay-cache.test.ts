// Answers that would be the same again: who gets them from memory, who joins, and who never does.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type Behaviour, chatAnswer, fakeOpenAi, refusing } from "../support/fake-openai.ts";
import { startRedis } from "../support/redis.ts";
import { ALICE, BOB, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const rules = `
  support: { allow: [role:support], cache_seconds: 60 }
  bobs: { allow: ["token:bob"], cache_seconds: 60 }`;
const metrics = "metrics: { allow: [members] }";
const messages = [{ role: "user", content: "Hello" }];
const cool = { model: "gpt-5-mini", temperature: 0, messages };

interface How {
  token?: string;
  headers?: Record<string, string>;
  path?: string;
  signal?: AbortSignal;
}

const ask = (broker: TestBroker, body: unknown = cool, { token = ALICE, headers, path, signal }: How = {}) =>
  broker.fetch(path ?? "/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });

const setUp = async (behave: Behaviour = chatAnswer, relay = rules) => {
  const openai = await fakeOpenAi(behave);
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml(relay, metrics) });
  const outcome = async (body?: unknown, how?: How) => {
    const answer = await ask(broker, body, how);
    await answer.text();
    return answer.headers.get("x-broker-cache");
  };
  return {
    openai,
    broker,
    outcome,
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await openai[Symbol.asyncDispose]();
    },
  };
};

/** Begins its answer, and goes on when it is told to. */
const inTwoParts = (type: string, begin: string, rest: string) => {
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  const behave: Behaviour = async (answer) => {
    answer.writeHead(200, { "content-type": type }).write(begin);
    await promise;
    answer.end(rest);
  };
  return { behave, goOn };
};
const chatInTwoParts = () => inTwoParts("application/json", '{"id":', '"chatcmpl-1"}');

describe("the same again", () => {
  it("is answered from memory, whole, and says so", async () => {
    await using at = await setUp();
    const first = await ask(at.broker);
    const second = await ask(at.broker);
    expect([first.headers.get("x-broker-cache"), second.headers.get("x-broker-cache")]).toEqual([
      "miss",
      "hit",
    ]);
    expect(await second.json()).toEqual(await first.json());
    expect(second.headers.get("x-request-id")).toBe("req_of_openai");
    expect(at.openai.asked.length).toBe(1);
    expect(at.broker.logs.at(-1)).toMatchObject({ cache: "hit", model: "gpt-5-mini" });
  });

  it("is the same however it is written, and whichever user it names", async () => {
    await using at = await setUp();
    await at.outcome(cool);
    const written = `{ "messages": [{"content":"Hello","role":"user"}], "temperature": 0.0, "model": "gpt-5-mini" }`;
    expect(await at.outcome(written)).toBe("hit");
    expect(await at.outcome({ ...cool, user: "u-1", safety_identifier: "s-1" })).toBe("hit");
  });

  it.each([
    ["another text", { ...cool, messages: [{ role: "user", content: "hello" }] }],
    ["another model", { ...cool, model: "gpt-5" }],
    ["another order of what is said", { ...cool, messages: [...messages, ...messages].slice(0, 2) }],
    ["a stream", { ...cool, stream: true }],
  ])("is not %s", async (_, body) => {
    await using at = await setUp();
    await at.outcome(cool);
    expect(await at.outcome(body)).toBe("miss");
  });

  it.each([
    ["a warm answer", { ...cool, temperature: 0.1 }],
    ["one without a temperature", { model: "gpt-5-mini", messages }],
    ["one that is stored at OpenAI", { ...cool, store: true }],
    ["one that looks things up", { ...cool, web_search_options: {} }],
  ])("is never %s", async (_, body) => {
    await using at = await setUp();
    expect([await at.outcome(body), await at.outcome(body)]).toEqual([null, null]);
    expect(at.openai.asked.length).toBe(2);
  });

  it("is for those alone whom the same entry fits, and not without an entry that says so", async () => {
    await using at = await setUp();
    await at.outcome();
    expect(await at.outcome(cool, { token: BOB })).toBe("miss");
    await using plain = await setUp(chatAnswer, "{ all: { allow: [everyone] } }");
    expect([await plain.outcome(), await plain.outcome()]).toEqual([null, null]);
  });

  it("is asked for again under no-cache, and not stored under no-store", async () => {
    await using at = await setUp();
    const cacheControl = (value: string) => ({ headers: { "cache-control": value } });
    expect(await at.outcome(cool, cacheControl("no-store"))).toBeNull();
    expect(await at.outcome(cool, cacheControl("max-age=0, No-Store"))).toBeNull();
    expect(await at.outcome()).toBe("miss");
    expect(await at.outcome(cool, cacheControl("no-cache"))).toBe("miss");
    expect(await at.outcome()).toBe("hit");
    expect(at.openai.asked.length).toBe(4);
  });

  it("is not a failure, nor what OpenAI says must not be kept, nor what was cut", async () => {
    for (const [behave, times] of [
      [refusing(400), 2],
      [(answer) => void answer.writeHead(200, { "cache-control": "no-store" }).end("{}"), 2],
      [
        (answer) => {
          answer.writeHead(200, { "content-type": "application/json" });
          answer.write("{", () => answer.destroy());
        },
        2,
      ],
    ] as [Behaviour, number][]) {
      await using at = await setUp(behave);
      for (let time = 0; time < 2; time += 1) await at.outcome().catch(() => undefined);
      expect(at.openai.asked.length).toBe(times);
    }
  });

  it("may be embeddings", async () => {
    await using at = await setUp((answer) => {
      answer.writeHead(200, { "content-type": "application/json" });
      answer.end('{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}');
    });
    const body = { model: "text-embedding-3-small", input: ["a"] };
    const how = { path: "/v1/embeddings" };
    expect([await at.outcome(body, how), await at.outcome(body, how)]).toEqual(["miss", "hit"]);
  });

  it("is counted apart, and paid once", async () => {
    await using at = await setUp();
    for (let time = 0; time < 3; time += 1) await at.outcome();
    const headers = { authorization: `Bearer ${ALICE}` };
    const text = await (await at.broker.fetch("/metrics", { headers })).text();
    expect(text).toContain('broker_relay_cache_total{outcome="hit"} 2');
    expect(text).toContain('broker_relay_cache_total{outcome="miss"} 1');
    expect(text).toContain('broker_relayed_tokens_total{model="gpt-5-mini",kind="input"} 3');
  });

  it("is not kept when it is larger than an eighth of the memory", async () => {
    await using openai = await fakeOpenAi((answer) => {
      answer.writeHead(200, { "content-type": "application/json" });
      answer.end(`"${"a".repeat(300_000)}"`);
    });
    await using broker = await createTestBroker({
      openai: openai.baseUrl,
      yaml: relayYaml(rules),
      env: { RELAY_CACHE_BYTES: String(2 ** 20) },
    });
    for (let time = 0; time < 2; time += 1) expect((await (await ask(broker)).text()).length).toBe(300_002);
    expect(openai.asked.length).toBe(2);
  });
});

describe("the same at once", () => {
  it("is asked for once, and answered to all", async () => {
    const { behave, goOn } = chatInTwoParts();
    await using at = await setUp(behave);
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(at.broker)));
    goOn();
    const outcomes = answers.map(({ headers }) => headers.get("x-broker-cache"));
    expect(at.openai.asked.length).toBe(1);
    expect(outcomes.filter((each) => each === "joined").length).toBe(49);
    for (const answer of answers) expect(await answer.json()).toMatchObject({ id: "chatcmpl-1" });
  });

  it("is answered to those who wait, when the first one leaves", async () => {
    const { behave, goOn } = chatInTwoParts();
    await using at = await setUp(behave);
    const leaving = new AbortController();
    const first = await ask(at.broker, cool, { signal: leaving.signal });
    const second = await ask(at.broker);
    leaving.abort();
    await expect(first.text()).rejects.toThrow();
    goOn();
    expect(second.headers.get("x-broker-cache")).toBe("joined");
    expect(await second.json()).toEqual({ id: "chatcmpl-1" });
    expect(at.openai.asked.length).toBe(1);
  });

  it("ends upstream when all have left", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    await using at = await setUp((answer) => {
      answer.writeHead(200, { "content-type": "application/json" }).write("{");
      answer.once("close", resolve);
    });
    const leaving = new AbortController();
    const both = [0, 1].map(() => ask(at.broker, cool, { signal: leaving.signal }));
    await Promise.all(both);
    leaving.abort();
    await ended;
  });

  it("fails for all alike, and is asked for again by the next", async () => {
    let fails = true;
    await using at = await setUp(async (...request) => {
      await sleep(100);
      await (fails ? refusing(400) : chatAnswer)(...request);
    });
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await ask(at.broker)).status));
    expect(statuses).toEqual(Array(5).fill(400));
    expect(at.openai.asked.length).toBe(1);
    fails = false;
    expect(await at.outcome()).toBe("miss");
  });

  it("in a stream comes from the beginning to a caller who joins in the middle, and later from memory", async () => {
    const [begin, rest] = ["data: 1\n\n", "data: 2\n\ndata: [DONE]\n\n"];
    const { behave, goOn } = inTwoParts("text/event-stream", begin, rest);
    await using at = await setUp(behave);
    const body = { ...cool, stream: true };
    const first = ask(at.broker, body);
    await first;
    const joined = await ask(at.broker, body);
    goOn();
    const whole = begin + rest;
    expect([await joined.text(), joined.headers.get("x-broker-cache")]).toEqual([whole, "joined"]);
    expect(await (await first).text()).toBe(whole);
    const kept = await ask(at.broker, body);
    expect([await kept.text(), kept.headers.get("x-broker-cache")]).toEqual([whole, "hit"]);
    expect(kept.headers.get("content-type")).toBe("text/event-stream");
    expect(at.openai.asked.length).toBe(1);
  });
});

describe("what one caller asks for in their own way", () => {
  const conditional: Behaviour = (answer, asked) => {
    const { headers } = asked;
    if (headers["if-none-match"] !== undefined) answer.writeHead(304, { etag: '"1"' }).end();
    else if (headers.range !== undefined) answer.writeHead(206, { "content-range": "bytes 0-0/9" }).end("{");
    else return chatAnswer(answer, asked, answer.req);
  };

  it.each([
    ["if-none-match", '"1"', 304],
    ["range", "bytes=0-0", 206],
    ["if-match", '"1"', 200],
    ["if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT", 200],
    ["idempotency-key", "mine", 200],
  ])("with %s is neither shared nor kept", async (name, value, status) => {
    await using at = await setUp(conditional);
    const first = ask(at.broker, cool, { headers: { [name]: value } });
    const second = ask(at.broker);
    expect([(await first).status, (await second).status]).toEqual([status, 200]);
    expect((await first).headers.get("x-broker-cache")).toBeNull();
    expect(await (await second).json()).toMatchObject({ id: "chatcmpl-1" });
    expect(await at.outcome()).toBe("hit");
    expect(at.openai.asked.length).toBe(2);
  });

  it("is another request with another beta or accepted type", async () => {
    await using at = await setUp();
    expect(await at.outcome(cool, { headers: { "openai-beta": "responses=v1" } })).toBe("miss");
    expect(await at.outcome()).toBe("miss");
    expect(await at.outcome(cool, { headers: { accept: "text/event-stream" } })).toBe("miss");
    expect(await at.outcome()).toBe("hit");
  });

  it("and is refused for who they are, is refused to them alone", async () => {
    let blocked: unknown;
    await using at = await setUp(async (...request) => {
      const { "openai-safety-identifier": who } = request[1].headers;
      blocked ??= who;
      await sleep(100);
      await (who === blocked ? refusing(403, {}, "identifier_blocked") : chatAnswer)(...request);
    }, "{ all: { allow: [everyone], cache_seconds: 60 } }");
    const first = ask(at.broker);
    await until("OpenAI was asked", () => at.openai.asked.length > 0);
    const [same, other] = [ask(at.broker), ask(at.broker, cool, { token: BOB })];
    expect([(await first).status, (await same).status, (await other).status]).toEqual([403, 403, 200]);
    expect((await other).headers.get("x-broker-cache")).toBe("miss");
    expect(at.openai.asked.length).toBe(2);
  });

  it("in little time ends for them alone", async () => {
    const release = Promise.withResolvers<void>();
    await using at = await setUp(async (...request) => {
      await release.promise;
      await chatAnswer(...request);
    });
    const impatient = ask(at.broker, cool, { headers: { "x-stainless-timeout": "0.2" } });
    await until("OpenAI was asked", () => at.openai.asked.length > 0);
    const patient = ask(at.broker);
    expect((await impatient).status).toBe(504);
    release.resolve();
    const answer = await patient;
    expect([answer.status, answer.headers.get("x-broker-cache")]).toEqual([200, "joined"]);
    expect(at.openai.asked.length).toBe(1);
  });

  it("and written so that it only looks the same, refuses nobody else's", async () => {
    await using at = await setUp(async (...request) => {
      await sleep(100);
      await (request[1].body.includes("[[[") ? refusing(400) : chatAnswer)(...request);
    });
    const list = { ...cool, messages: messages.map((each) => Object.entries(each).sort()) };
    const listed = ask(at.broker, list);
    const plain = ask(at.broker);
    expect((await listed).headers.get("x-broker-cache")).toBe("miss");
    expect([(await plain).status, (await plain).headers.get("x-broker-cache")]).toEqual([200, "miss"]);
  });

  it("and not read, does not hold up those who read it", async () => {
    const release = Promise.withResolvers<void>();
    const size = 32 * 1024 * 1024;
    await using openai = await fakeOpenAi(async (answer) => {
      answer.writeHead(200, { "content-type": "application/json", "content-length": size });
      answer.setMaxListeners(0);
      await release.promise;
      for (let sent = 0; sent < size; sent += 2 ** 20) {
        if (!answer.write(Buffer.alloc(2 ** 20, 32))) {
          await Promise.race([once(answer, "drain"), once(answer, "close")]);
        }
      }
      answer.end();
    });
    await using broker = await createTestBroker({
      openai: openai.baseUrl,
      yaml: relayYaml(rules),
      env: { RELAY_CACHE_BYTES: String(2 ** 20) },
    });
    const { hostname, port } = new URL(broker.url);
    const stuck = connect(Number(port), hostname);
    const body = JSON.stringify(cool);
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${ALICE}\r\n`;
    stuck.write(
      `${head}Accept: */*\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await until("OpenAI was asked", () => openai.asked.length > 0);
    const reading = fetch(new URL("/v1/chat/completions", broker.url), {
      method: "POST",
      headers: { authorization: `Bearer ${ALICE}`, "content-type": "application/json" },
      body,
    });
    await sleep(50);
    release.resolve();
    const answer = await reading;
    expect(answer.headers.get("x-broker-cache")).toBe("joined");
    expect((await answer.arrayBuffer()).byteLength).toBe(size);
    await until("the one who does not read is cut", () =>
      broker.logs.some(({ broken }) => String(broken).includes("too slowly")),
    );
    expect(openai.asked.length).toBe(1);
    stuck.destroy();
  });
});

it("in Redis, what one replica asked for is there for the other", async () => {
  const redis = await startRedis();
  const env = { REDIS_URL: redis.url, RELAY_CACHE: "redis" };
  await using openai = await fakeOpenAi(chatAnswer);
  const options = { openai: openai.baseUrl, yaml: relayYaml(rules), env };
  const [one, other] = [await createTestBroker(options), await createTestBroker(options)];
  let seed = 1;
  await until("what the other asks for the first time is there", async () => {
    seed += 1;
    await (await ask(one, { ...cool, seed })).text();
    await sleep(50);
    const answer = await ask(other, { ...cool, seed });
    await answer.text();
    return answer.headers.get("x-broker-cache") === "hit";
  });
  await redis.stop();
  expect((await ask(other, { ...cool, seed: 1 })).headers.get("x-broker-cache")).toBe("miss");
  await one.stop();
  await other.stop();
});

it("the start names what is missing for it", async () => {
  const env = { RELAY_CACHE: "redis" };
  const starting = createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: relayYaml(rules), env });
  await expect(starting).rejects.toMatchObject({
    problems: ["RELAY_CACHE: is redis, and REDIS_URL is not set"],
  });
});

it("a stream whose usage one caller asked for, and another did not, is as each of them asked", async () => {
  const chunk = (more: string) => `data: {"choices":[{"index":0,"delta":{"content":"a"}}]${more}}\n\n`;
  const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
  const done = "data: [DONE]\n\n";
  await using at = await setUp((answer) => {
    answer.writeHead(200, { "content-type": "text/event-stream" });
    answer.end(chunk(',"usage":null') + usage + done);
  });
  const silent = { ...cool, stream: true };
  const asking = { ...silent, stream_options: { include_usage: true } };
  for (const outcome of ["miss", "hit"]) {
    for (const [body, expected] of [
      [silent, chunk("") + done],
      [asking, chunk(',"usage":null') + usage + done],
    ] as const) {
      const answer = await ask(at.broker, body);
      expect([await answer.text(), answer.headers.get("x-broker-cache")]).toEqual([expected, outcome]);
      expect(at.broker.logs.at(-1)).toMatchObject({ tokens: { input: 3, output: 2 } });
    }
  }
  expect(at.openai.asked.map(({ body }) => JSON.parse(body).stream_options)).toEqual(
    Array(2).fill({ include_usage: true }),
  );
});

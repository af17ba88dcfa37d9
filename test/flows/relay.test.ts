// What passes through /v1 and what does not: who may, what goes on, what comes back, and what happens on the way.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { type Behaviour, chatAnswer, fakeOpenAi, refusing } from "../support/fake-openai.ts";
import { ALICE, BOB, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const as = (token: string) => ({ authorization: `Bearer ${token}` });
const json = { ...as(ALICE), "content-type": "application/json" };
const chat = (more: object = {}) =>
  JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hello" }], ...more });

const setUp = async (behave: Behaviour, relay?: string, more = "", env: Record<string, string> = {}) => {
  const openai = await fakeOpenAi(behave);
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml(relay, more), env });
  const post = (
    body: BodyInit = chat(),
    headers: Record<string, string> = json,
    path = "/v1/chat/completions",
  ) => broker.fetch(path, { method: "POST", headers, body });
  return {
    openai,
    broker,
    post,
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await openai[Symbol.asyncDispose]();
    },
  };
};

const codeOf = async (answer: Response): Promise<[number, string]> => [
  answer.status,
  ((await answer.json()) as { error: { code: string } }).error.code,
];

describe("who may have what relayed", () => {
  const rules = `
  support: { allow: [role:support], paths: [inference, POST /v1/files], models: ["gpt-5-*", text-embedding-3-small] }
  bobs: { allow: ["token:bob"], paths: [/v1/models] }`;

  it("the first entry that fits decides", async () => {
    await using at = await setUp(chatAnswer, rules);
    expect((await at.post()).status).toBe(200);
    expect(at.broker.logs.at(-1)).toMatchObject({ relay: "support" });
    expect(await codeOf(await at.post(chat(), { ...json, ...as(BOB) }))).toEqual([403, "path-forbidden"]);
    expect(at.openai.asked.length).toBe(1);
  });

  it.each([
    ["a model that is not named there", { model: "gpt-4o" }, 403, "model-forbidden"],
    ["no model", { model: undefined }, 403, "model-forbidden"],
    ["a model that only begins so", { model: "text-embedding-3-small-2" }, 403, "model-forbidden"],
  ])("%s is not for them", async (_, body, status, code) => {
    await using at = await setUp(chatAnswer, rules);
    expect(await codeOf(await at.post(chat(body)))).toEqual([status, code]);
    expect(at.openai.asked).toEqual([]);
  });

  it("a model hides in no second name, no form and no other type", async () => {
    await using at = await setUp(chatAnswer, rules);
    const twice = `{"model":"gpt-5-mini","messages":[],"model":"gpt-4o"}`;
    expect(await codeOf(await at.post(twice))).toEqual([400, "request-malformed"]);
    const plain = { ...as(ALICE), "content-type": "text/plain" };
    expect((await at.post(chat({ model: "gpt-4o" }), plain)).status).toBe(415);
    const packed = { ...json, "content-encoding": "gzip" };
    expect((await at.post(chat({ model: "gpt-4o" }), packed)).status).toBe(415);
    const form = new FormData();
    form.set("file", new Blob(["sound"]), "a.wav");
    form.set("model", "whisper-1");
    expect(await codeOf(await at.post(form, as(ALICE), "/v1/audio/transcriptions"))).toEqual([
      403,
      "model-forbidden",
    ]);
    expect(at.openai.asked).toEqual([]);
  });

  it("addresses lead nowhere else", async () => {
    await using at = await setUp(chatAnswer, "{ all: { allow: [everyone], paths: [/v1/*] } }");
    const { hostname, port } = new URL(at.broker.url);
    for (const path of [
      "/v1/files/../organization/admin_api_keys",
      "/v1/files/%2e%2e/organization/admin_api_keys",
      "/v1//organization/users",
      "/v1/organization/users",
      "/v1/Organization/users",
      "http://127.0.0.1/v1/organization/users",
    ]) {
      const request = httpRequest({ hostname, port, path, headers: as(ALICE) }).end();
      const [answer] = await once(request, "response");
      answer.resume();
      expect([403, 404], path).toContain(answer.statusCode);
    }
    expect(at.openai.asked).toEqual([]);
  });

  it("nothing is relayed where the operator wants nothing", async () => {
    await using at = await setUp(chatAnswer, "{}");
    expect(await codeOf(await at.post())).toEqual([403, "path-forbidden"]);
  });

  it("guests from anywhere have nothing relayed unless the operator says so", async () => {
    for (const [guests, status] of [
      ["anyone", 403],
      ["loopback", 200],
    ] as const) {
      await using openai = await fakeOpenAi(chatAnswer);
      await using broker = await createTestBroker({
        openai: openai.baseUrl,
        yaml: `callers: { guests: ${guests} }`,
      });
      const headers = { "content-type": "application/json" };
      const answer = await broker.fetch("/v1/chat/completions", { method: "POST", headers, body: chat() });
      expect(answer.status).toBe(status);
    }
  });

  it("each entry, caller and everyone together have their limits", async () => {
    const limits = 'limits: { relays: { caller: "2 per minute" } }';
    await using openai = await fakeOpenAi(chatAnswer);
    const yaml = relayYaml("{ all: { allow: [everyone], limit: 3 per minute } }").replace(
      /limits:.*/,
      limits,
    );
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
    const ask = async (token: string) => {
      const headers = { ...json, ...as(token) };
      return broker.fetch("/v1/chat/completions", { method: "POST", headers, body: chat() });
    };
    expect([(await ask(ALICE)).status, (await ask(ALICE)).status]).toEqual([200, 200]);
    const third = await ask(ALICE);
    expect(third.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await codeOf(third)).toEqual([429, "rate_limit_exceeded"]);
    expect([(await ask(BOB)).status, (await ask(BOB)).status]).toEqual([200, 429]);
    expect(broker.logs.at(-1)).toMatchObject({ limits: ["relays-rule-minute"] });
  });
});

describe("what goes on, and what comes back", () => {
  it("our key goes in place of the caller's, and nothing that says who they are", async () => {
    await using at = await setUp(chatAnswer, undefined, "", {
      OPENAI_ORG_ID: "org-ours",
      OPENAI_PROJECT_ID: "proj_ours",
    });
    const telling = {
      ...json,
      cookie: "session=1",
      "x-forwarded-for": "203.0.113.9",
      "x-real-ip": "203.0.113.9",
      "user-agent": "OpenAI/JS 7.57.0",
      "x-stainless-os": "MacOS",
      "openai-organization": "org-theirs",
      "openai-project": "proj_theirs",
      referer: "https://app.example.com/secret",
      "x-custom": "y",
      "openai-safety-identifier": "another-user",
    };
    const kept = { "openai-beta": "responses=v1", "idempotency-key": "k-1", accept: "application/json" };
    expect((await at.post(chat(), { ...telling, ...kept })).status).toBe(200);
    const { host: _, connection: __, ...headers } = at.openai.asked[0]?.headers ?? {};
    expect(headers).toEqual({
      ...kept,
      "idempotency-key": expect.stringMatching(/^[0-9a-f]{64}$/),
      authorization: "Bearer sk-test-broker",
      "user-agent": "realtime-key-broker",
      "openai-organization": "org-ours",
      "openai-project": "proj_ours",
      "openai-safety-identifier": expect.stringMatching(/^[0-9a-f]{64}$/),
      "content-type": "application/json",
      "content-length": String(chat().length),
      "accept-encoding": "identity",
    });
    expect(at.openai.asked[0]).toMatchObject({ method: "POST", url: "/v1/chat/completions", body: chat() });
  });

  it("two callers who choose the same idempotency key do not share it", async () => {
    await using at = await setUp(chatAnswer);
    for (const token of [ALICE, BOB, ALICE]) {
      await at.post(chat(), { ...json, ...as(token), "idempotency-key": "1" });
    }
    const [alice, bob, again] = at.openai.asked.map(({ headers }) => headers["idempotency-key"]);
    expect([alice === again, alice === bob]).toEqual([true, false]);
  });

  it("query and method go on as they are", async () => {
    await using at = await setUp(
      (answer) => void answer.writeHead(200, { "content-type": "application/json" }).end("{}"),
      "{ all: { allow: [everyone], paths: [/v1/*] } }",
    );
    const headers = as(ALICE);
    await at.broker.fetch("/v1/files?limit=3&after=file-1&purpose=user%20data", { headers });
    await at.broker.fetch("/v1/files/file-1", { method: "DELETE", headers });
    await at.broker.fetch("/v1/things", { method: "PUT", headers: json, body: "{}" });
    expect(at.openai.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /v1/files?limit=3&after=file-1&purpose=user%20data",
      "DELETE /v1/files/file-1",
      "PUT /v1/things",
    ]);
  });

  it("OpenAI's ids and own fields come back, its cookies and our account's limits do not", async () => {
    await using at = await setUp((answer) => {
      answer.writeHead(200, {
        "content-type": "application/json",
        "x-request-id": "req_1",
        "openai-processing-ms": "12",
        "openai-version": "2020-10-01",
        "openai-model": "gpt-5-mini-2025-08-07",
        "openai-organization": "org-ours",
        "openai-project": "proj_ours",
        "openai-account-tier": "5",
        "x-ratelimit-remaining-tokens": "7",
        "set-cookie": "__cf_bm=1",
        "cf-ray": "1",
        server: "cloudflare",
      });
      answer.end("{}");
    });
    const { headers } = await at.post();
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "application/json",
      "x-request-id": "req_1",
      "openai-processing-ms": "12",
      "openai-version": "2020-10-01",
      "openai-model": "gpt-5-mini-2025-08-07",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-broker-request-id": at.broker.logs.at(-1)?.request_id,
    });
    const ours = ["openai-organization", "openai-project", "openai-account-tier"];
    for (const name of ["set-cookie", "cf-ray", "server", "x-ratelimit-remaining-tokens", ...ours]) {
      expect(headers.get(name), name).toBeNull();
    }
  });

  it("OpenAI can tell callers apart, and does not learn who they are", async () => {
    await using at = await setUp(chatAnswer);
    for (const token of [ALICE, BOB, ALICE]) {
      await at.post(chat(), { ...json, ...as(token), "openai-safety-identifier": "same-for-all" });
    }
    const [alice, bob, again] = at.openai.asked.map(({ headers }) => headers["openai-safety-identifier"]);
    expect([alice === again, alice === bob]).toEqual([true, false]);
    expect(`${alice}${bob}`).not.toMatch(/alice|bob|same/);
  });

  it("pages of configured origins may read it, others may not", async () => {
    await using at = await setUp(chatAnswer, undefined, "cors: { origins: [https://app.example.com] }");
    const from = async (origin: string) => (await at.post(chat(), { ...json, origin })).headers;
    expect((await from("https://app.example.com")).get("access-control-allow-origin")).toBe(
      "https://app.example.com",
    );
    expect((await from("https://evil.example")).get("access-control-allow-origin")).toBeNull();
  });

  it("HEAD asks for nothing", async () => {
    await using at = await setUp(chatAnswer);
    const answer = await fetch(`${at.broker.url}/v1/models`, { method: "HEAD", headers: as(ALICE) });
    expect(answer.status).toBe(405);
    expect(at.openai.asked).toEqual([]);
  });
});

describe("on the way", () => {
  it("a body larger than what is read whole is refused before it is sent", async () => {
    await using at = await setUp(chatAnswer);
    const { hostname, port } = new URL(at.broker.url);
    const headers = { ...json, "content-length": 60 * 1024 * 1024, expect: "100-continue" };
    const request = httpRequest({ hostname, port, path: "/v1/chat/completions", method: "POST", headers });
    request.flushHeaders();
    let continued = false;
    request.on("continue", () => (continued = true));
    const [answer] = await once(request, "response");
    expect([answer.statusCode, continued]).toEqual([413, false]);
    request.destroy();
  });

  it("a stream comes as it is sent, not when it is whole", async () => {
    let more: () => void = () => {};
    await using at = await setUp(async (answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write("data: 1\n\n");
      await new Promise<void>((resolve) => (more = resolve));
      answer.end("data: 2\n\n");
    });
    const answer = await at.post();
    expect(answer.headers.get("x-accel-buffering")).toBe("no");
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("data: 1\n\n");
    more();
    expect((await reader?.read())?.value).toBe("data: 2\n\n");
  });

  it("an answer that is cut is cut for the caller too", async () => {
    await using at = await setUp((answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write("data: 1\n\n", () => answer.destroy());
    });
    await expect((await at.post()).text()).rejects.toThrow("terminated");
    await until("it is logged", () => at.broker.logs.length > 0);
    expect(at.broker.logs.at(-1)).toMatchObject({ status: 200, broken: expect.any(String) });
  });

  it("an answer that pauses for too long is cut", async () => {
    await using at = await setUp(
      (answer) => {
        answer.writeHead(200, { "content-type": "text/event-stream" });
        answer.write("data: 1\n\n");
      },
      undefined,
      "",
      { RELAY_IDLE_SECONDS: "1" },
    );
    await expect((await at.post()).text()).rejects.toThrow("terminated");
  });

  it("an answer that does not begin in time is a 504, as is one for which the caller waits no longer", async () => {
    await using at = await setUp(() => {}, undefined, "", { RELAY_TIMEOUT_SECONDS: "1" });
    expect(await codeOf(await at.post())).toEqual([504, "upstream-timeout"]);
    await using patient = await setUp(() => {});
    expect(await codeOf(await patient.post(chat(), { ...json, "x-stainless-timeout": "1" }))).toEqual([
      504,
      "upstream-timeout",
    ]);
  });

  it("impatience and broken uploads take no key from anybody", async () => {
    await using at = await setUp(async (...request) => {
      if (request[1].headers["x-client-request-id"]) await sleep(4000);
      await chatAnswer(...request);
    }, "{ all: { allow: [everyone], paths: [inference, /v1/files] } }");
    const impatient = { ...json, "x-stainless-timeout": "0.001", "x-client-request-id": "slow" };
    const late = await Promise.all([1, 2, 3, 4, 5].map(() => at.post(chat(), impatient)));
    expect(late.map(({ status }) => status)).toEqual(Array(5).fill(504));
    const { hostname, port } = new URL(at.broker.url);
    for (let time = 0; time < 5; time += 1) {
      const headers = {
        ...as(ALICE),
        "content-type": "application/octet-stream",
        "content-length": 5_000_000,
      };
      const upload = httpRequest({ hostname, port, path: "/v1/files", method: "POST", headers });
      upload.on("error", () => {});
      await new Promise<void>((resolve) => upload.write(Buffer.alloc(500_000), () => resolve()));
      await sleep(20);
      upload.destroy();
    }
    await sleep(50);
    expect((await at.post()).status).toBe(200);
    expect(at.broker.logs.filter(({ msg }) => msg === "upstream-key-out")).toEqual([]);
  });

  it("a body that nests without end is refused where it would be looked into", async () => {
    await using at = await setUp(
      chatAnswer,
      "{ all: { allow: [everyone], cache_seconds: 60, moderation: {} } }",
    );
    const deep = chat({ temperature: 0 }).replace('"Hello"', `${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect(await codeOf(await at.post(deep))).toEqual([400, "request-malformed"]);
  });

  it("a caller who leaves before the answer begins ends the request upstream", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    await using at = await setUp((answer) => void answer.once("close", resolve));
    const leaving = new AbortController();
    const asked = at.broker.fetch("/v1/chat/completions", {
      method: "POST",
      headers: json,
      body: chat(),
      signal: leaving.signal,
    });
    await until("OpenAI was asked", () => at.openai.asked.length > 0);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await ended;
    await until("it is logged", () => at.broker.logs.length > 0);
    expect(at.broker.logs.at(-1)).toMatchObject({ status: 499, aborted: true });
  });

  it.each([
    ["our key is refused", refusing(401), 502, "upstream-refused"],
    ["OpenAI fails", refusing(500), 502, "upstream-refused"],
    ["OpenAI leads elsewhere", refusing(302, { location: "https://evil.example/" }), 502, "upstream-refused"],
    ["the request is at fault", refusing(400, {}, "context_length_exceeded"), 400, "context_length_exceeded"],
    ["the model is not there", refusing(404, {}, "model_not_found"), 404, "model_not_found"],
  ] as const)("when %s, the caller learns what helps them", async (_, behave, status, code) => {
    await using at = await setUp(behave);
    const answer = await at.post();
    expect(await codeOf(answer)).toEqual([status, code]);
    expect(answer.headers.get("location")).toBeNull();
  });
});

it("many bodies at once have one memory, and who comes too late is told when to come again", async () => {
  const release = Promise.withResolvers<void>();
  await using at = await setUp(async (answer) => {
    await release.promise;
    answer.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  const large = chat({ messages: [{ role: "user", content: "a".repeat(40 * 1024 * 1024) }] });
  const asked = Array.from({ length: 8 }, () => at.post(large));
  const first = await Promise.race(asked.map(async (each) => (await each).status));
  expect(first).toBe(503);
  release.resolve();
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  await until("the memory is free again", async () => (await at.post(large)).status === 200);
});

describe("the usage of a streamed chat", () => {
  const streaming: Behaviour = (answer, { body }) => {
    answer.writeHead(200, { "content-type": "text/event-stream" });
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
    answer.end(`data: {"choices":[{}]}\n\n${body.includes("include_usage") ? usage : ""}data: [DONE]\n\n`);
  };

  it("is asked for, logged, counted and taken out; nothing else of the request changes", async () => {
    await using at = await setUp(streaming, undefined, "metrics: { allow: [members] }");
    const body = chat({ stream: true, seed: 1.0 });
    const answer = await at.post(body);
    expect(await answer.text()).toBe('data: {"choices":[{}]}\n\ndata: [DONE]\n\n');
    expect(at.openai.asked[0]?.body).toBe(`{"stream_options":{"include_usage":true},${body.slice(1)}`);
    expect(at.broker.logs.at(-1)).toMatchObject({ tokens: { input: 3, output: 2, cached: 0 } });
    const text = await (await at.broker.fetch("/metrics", { headers: as(ALICE) })).text();
    expect(text).toContain('broker_relayed_tokens_total{model="gpt-5-mini",kind="output"} 2');
  });

  it("is not asked for where the operator says so", async () => {
    await using at = await setUp(streaming, "{ all: { allow: [everyone], include_usage: false } }");
    const body = chat({ stream: true });
    expect(await (await at.post(body)).text()).toBe('data: {"choices":[{}]}\n\ndata: [DONE]\n\n');
    expect(at.openai.asked[0]?.body).toBe(body);
  });

  it("is passed on with a length that fits, where OpenAI tells one", async () => {
    await using at = await setUp((answer) => {
      const text = 'data: {"choices":[],"usage":{"prompt_tokens":3}}\n\ndata: [DONE]\n\n';
      answer.writeHead(200, { "content-type": "text/event-stream", "content-length": text.length });
      answer.end(text);
    });
    expect(await (await at.post(chat({ stream: true }))).text()).toBe("data: [DONE]\n\n");
  });
});

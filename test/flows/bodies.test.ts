// What callers send as bodies: read in one way only, and no caller's bodies keep another caller's out.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { type Behaviour, chatAnswer, fakeOpenAi } from "../support/fake-openai.ts";
import { ALICE, BOB, relayYaml } from "../support/relay-client.ts";

const MIB = 1024 * 1024;
const rules = `
  all: { allow: [everyone], paths: [inference, "/v1/files"], models: ["gpt-5-mini", "whisper-1"] }`;

const setUp = async (behave: Behaviour, relay = rules, env: Record<string, string> = {}) => {
  const openai = await fakeOpenAi(behave);
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml(relay), env });
  const post = (path: string, type: string, body: string | Uint8Array<ArrayBuffer>, token = ALICE) =>
    broker.fetch(path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      body,
    });
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

const done: Behaviour = (answer) => {
  answer.writeHead(200, { "content-type": "application/json" }).end("{}");
};
const chat = (more: object = {}) =>
  JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hello" }], ...more });

describe("a relayed JSON body", () => {
  it.each([
    [
      "a model of a hosted tool that is not allowed",
      403,
      chat({ tools: [{ type: "image_generation", model: "dear" }] }),
    ],
    ["`Model` beside `model`", 400, `{"model":"gpt-5-mini","Model":"dear"}`],
    ["`MODEL` alone", 400, `{"MODEL":"dear"}`],
    [
      "a message with two contents",
      400,
      `{"model":"gpt-5-mini","messages":[{"content":"kind","content":"evil"}]}`,
    ],
    ["what is not UTF-8", 400, Buffer.from('{"model":"gpt-5-mini","a":"\xff"}', "latin1")],
    ["what nests 65 deep", 400, `{"model":"gpt-5-mini","a":${"[".repeat(64)}${"]".repeat(64)}}`],
    ["a million values", 400, `{"model":"gpt-5-mini","a":[${"0,".repeat(MIB)}0]}`],
    ["what is no JSON after a mebibyte", 400, `{"model":"gpt-5-mini","a":"${"a".repeat(MIB)}"]`],
  ])("with %s is refused with %s", async (_, status, body) => {
    await using at = await setUp(done);
    expect((await at.post("/v1/responses", "application/json", body)).status).toBe(status);
    expect(at.openai.asked).toEqual([]);
  });

  it("with another model in the query is refused", async () => {
    await using at = await setUp(done);
    for (const query of ["model=dear", "%6dodel=dear", "model=gpt-5-mini&Model=dear"]) {
      expect((await at.post(`/v1/responses?${query}`, "application/json", chat())).status).toBe(403);
    }
    expect((await at.post("/v1/responses?model=gpt-5-mini", "application/json", chat())).status).toBe(200);
    expect(at.openai.asked.length).toBe(1);
  });

  it.each([
    "application/json; charset=utf-7",
    "application/json; charset=utf-16",
    "application/json; charset=utf-8; charset=utf-7",
    'application/json; charset="utf-8',
    "text/json",
    "application/vnd.openai+json",
    "application/json, text/plain",
  ])("as %s is refused", async (type) => {
    await using at = await setUp(done);
    expect((await at.post("/v1/responses", type, chat())).status).toBe(415);
    expect(at.openai.asked).toEqual([]);
  });

  it("goes on under a media type of our own", async () => {
    await using at = await setUp(done);
    for (const type of [
      "Application/JSON; Charset=UTF-8",
      'application/json;charset="utf-8"; x=y',
      "application/json;",
    ]) {
      expect((await at.post("/v1/responses", type, chat())).status).toBe(200);
    }
    expect(at.openai.asked.map(({ headers }) => headers["content-type"])).toEqual(
      Array(3).fill("application/json"),
    );
  });
});

describe("a relayed form", () => {
  const part = (name: string, value: string, more = "") =>
    `--b\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const fine = part("model", "whisper-1");
  const end = "--b--\r\n";
  const type = "multipart/form-data; boundary=b";

  it.each([
    ["two boundaries", 415, "multipart/form-data; boundary=b; boundary=c", fine + end],
    ["two boundaries in other letters", 415, "multipart/form-data; boundary=b; Boundary=c", fine + end],
    ["no boundary", 415, "multipart/form-data", fine + end],
    ["a boundary that must be unescaped", 415, 'multipart/form-data; boundary="\\b"', fine + end],
    ["another charset", 415, `${type}; charset=utf-7`, fine + end],
    ["a preamble", 400, type, `--c\r\n\r\n${fine}${end}`],
    ["a line before its start", 400, type, `\r\n${fine}${end}`],
    ["an epilogue", 400, type, `${fine}${end}${part("model", "dear")}${end}`],
    ["no end", 400, type, fine],
    [
      "a boundary after a bare line feed",
      400,
      type,
      `${fine}${part("a", "x\n--b\ncontent-disposition: form-data")}${end}`,
    ],
    ["something after a boundary", 400, type, `${fine.replace("--b\r", "--b \r")}${end}`],
    ["two models", 400, type, fine + part("model", "dear") + end],
    ["`Model` beside `model`", 400, type, fine + part("Model", "dear") + end],
    ["`model[]`", 400, type, part("model[]", "dear") + end],
    ["a model that is a file", 400, type, part("model", "dear", '; filename="a"') + end],
    ["a model under two names", 400, type, part("a", "dear", '; name="model"') + end],
    ["a model under an encoded name", 400, type, part("%6dodel", "dear") + end],
    ["a model under an extended name", 400, type, part("a", "dear", "; name*=utf-8''model") + end],
    [
      "a model behind an escaped quote",
      400,
      type,
      part("a", "dear", '; filename="\\"; name=\\"model"') + end,
    ],
    [
      "a model in another encoding",
      400,
      type,
      `--b\r\ncontent-disposition: form-data; name="model"\r\ncontent-transfer-encoding: base64\r\n\r\nZGVhcg==\r\n${end}`,
    ],
    [
      "a model in another charset",
      400,
      type,
      `--b\r\ncontent-disposition: form-data; name="model"\r\ncontent-type: text/plain; charset=utf-7\r\n\r\n+AGQ-ear\r\n${end}`,
    ],
    ["a charset for all fields", 400, type, part("_charset_", "utf-7") + fine + end],
    [
      "a folded line",
      400,
      type,
      `--b\r\ncontent-disposition: form-data;\r\n name="model"\r\n\r\ndear\r\n${end}`,
    ],
    ["a field twice", 400, type, fine + part("prompt", "kind") + part("prompt", "evil") + end],
    ["100,000 parts", 400, type, fine + part("a[]", "").repeat(100_000) + end],
    ["a model that is not allowed", 403, type, part("model", "dear") + end],
  ])("with %s is refused with %s", async (_, status, contentType, body) => {
    await using at = await setUp(done);
    const answer = await at.post("/v1/audio/transcriptions", contentType, Buffer.from(body));
    expect(answer.status, await answer.text()).toBe(status);
    expect(at.openai.asked).toEqual([]);
  });

  it("goes on as it came, under a media type of our own", async () => {
    await using at = await setUp(done);
    const lists = part("include[]", "a") + part("include[]", "b") + part("expires_after[anchor]", "c");
    const named = `--b\r\nContent-Disposition: form-data; name=language\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nContent-Length: 2\r\n\r\nen\r\n`;
    const file = `--b\r\ncontent-disposition: form-data; name="file"; filename="so \\ und.wav"; filename*=utf-8''s%C3%B6.wav\r\ncontent-type: audio/wav\r\n\r\n\r\n-\r\n\xff\0\r\n`;
    const body = Buffer.from(fine + lists + named + file + end, "latin1");
    const answer = await at.post(
      "/v1/audio/transcriptions",
      'Multipart/Form-Data; charset=utf-8; boundary="b"',
      body,
    );
    expect(answer.status, await answer.text()).toBe(200);
    expect(at.openai.asked[0]?.headers["content-type"]).toBe(type);
    expect(at.openai.asked[0]?.body).toBe(body.toString("latin1"));
  });
});

it("uploads go on under a media type of our own", async () => {
  await using at = await setUp(done);
  for (const [type, sent] of [
    ["multipart/form-data; boundary=b; x=y", "multipart/form-data; boundary=b"],
    ["Application/Octet-Stream; x=y", "application/octet-stream"],
  ] as const) {
    expect((await at.post("/v1/files", type, "anything")).status).toBe(200);
    expect(at.openai.asked.at(-1)?.headers["content-type"]).toBe(sent);
  }
  expect((await at.post("/v1/files", "multipart/form-data; boundary=b; boundary=c", "anything")).status).toBe(
    415,
  );
});

describe("the memory for bodies", () => {
  const large = (token: string, at: Awaited<ReturnType<typeof setUp>>) =>
    at.post("/v1/responses", "application/json", chat({ input: "a".repeat(49 * MIB) }), token);

  it("is not one caller's: while five bodies of 50 MiB wait for OpenAI, another's are answered", async () => {
    const release = Promise.withResolvers<void>();
    await using at = await setUp(async (answer, asked) => {
      if (asked.body.length > MIB) await release.promise;
      await chatAnswer(answer, asked, answer.req);
    });
    const waiting = Array.from({ length: 5 }, () => large(ALICE, at));
    const refused = await Promise.race(waiting);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    const answers = Array.from({ length: 50 }, () =>
      at.post("/v1/chat/completions", "application/json", chat(), BOB),
    );
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
    const bobs = large(BOB, at);
    release.resolve();
    expect((await bobs).status).toBe(200);
    expect((await Promise.all(waiting)).filter(({ status }) => status === 200).length).toBeGreaterThan(0);
  });

  it("is given back as soon as an answer begins, however long it goes on", async () => {
    const release = Promise.withResolvers<void>();
    await using at = await setUp(async (answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write("data: {}\n\n");
      await release.promise;
      answer.end();
    });
    const answers: Response[] = [];
    for (let turn = 0; turn < 8; turn += 1)
      answers.push(
        await fetch(`${at.broker.url}/v1/responses`, {
          method: "POST",
          headers: { authorization: `Bearer ${ALICE}`, "content-type": "application/json" },
          body: chat({ input: "a".repeat(49 * MIB) }),
        }),
      );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    release.resolve();
    for (const answer of answers) await answer.text();
  });

  it("holds what has come, not what was announced", async () => {
    await using at = await setUp(chatAnswer);
    const { connect } = await import("node:net");
    const { hostname, port } = new URL(at.broker.url);
    const head = `POST /v1/responses HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${ALICE}\r\ncontent-type: application/json\r\ncontent-length: ${49 * MIB}\r\n\r\n{`;
    const sockets = Array.from({ length: 50 }, () => connect(Number(port), hostname).on("error", () => {}));
    for (const socket of sockets) socket.write(head);
    await sleep(200);
    expect((await large(ALICE, at)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});

it("what is too large to be read by moderation is refused, and says so", async () => {
  await using at = await setUp(done, "{ checked: { allow: [everyone], moderation: {} } }");
  for (const input of ["a".repeat(9 * MIB), Array(30_000).fill(0)]) {
    const answer = await at.post("/v1/responses", "application/json", chat({ input }));
    expect([answer.status, await answer.text()]).toEqual([
      413,
      expect.stringContaining("relay.checked.moderation"),
    ]);
  }
  expect(at.openai.asked).toEqual([]);
});

it("so is a form with as much text, but not one with a large file", async () => {
  await using at = await setUp(
    done,
    "{ checked: { allow: [everyone], moderation: { when_unavailable: pass } } }",
  );
  const form = (more: string) =>
    `--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b\r\ncontent-disposition: form-data; ${more}\r\n\r\n${"a".repeat(9 * MIB)}\r\n--b--\r\n`;
  const send = (more: string) =>
    at.post("/v1/audio/transcriptions", "multipart/form-data; boundary=b", Buffer.from(form(more)));
  expect(await (await send('name="prompt"')).text()).toContain("relay.checked.moderation");
  expect((await send('name="file"; filename="a"')).status).toBe(200);
});

it("lists of tokens for embeddings may be long, whatever moderation reads elsewhere", async () => {
  await using at = await setUp(done, "{ checked: { allow: [everyone], moderation: {} } }");
  const body = JSON.stringify({ model: "text-embedding-3-small", input: [Array(30_000).fill(7)] });
  expect((await at.post("/v1/embeddings", "application/json", body)).status).toBe(200);
  expect(at.openai.asked.map(({ url }) => url)).toEqual(["/v1/embeddings"]);
});

it("what is too large to be read for the cache is answered, and not kept", async () => {
  await using at = await setUp(chatAnswer, "{ cached: { allow: [everyone], cache_seconds: 60 } }");
  const body = chat({ temperature: 0, user: "a".repeat(9 * MIB) });
  for (const _ of [1, 2]) {
    const answer = await at.post("/v1/chat/completions", "application/json", body);
    expect([answer.status, answer.headers.get("x-broker-cache")]).toEqual([200, null]);
  }
  expect(at.openai.asked.length).toBe(2);
});

it("bodies that were read for the cache take no more memory while they wait for OpenAI", async () => {
  const CHATS = 40;
  const all = Promise.withResolvers<void>();
  let waiting = 0;
  await using at = await setUp(
    async (answer, asked, request) => {
      waiting += 1;
      if (waiting === CHATS) all.resolve();
      await all.promise;
      await chatAnswer(answer, asked, request);
    },
    "{ cached: { allow: [everyone], cache_seconds: 60 } }",
    { BODY_MEMORY_BYTES: String(64 * MIB) },
  );
  const ask = async (index: number) => {
    const body = chat({ temperature: 0, metadata: { index: `${index} ${"a".repeat(300_000)}` } });
    const { status } = await at.post("/v1/chat/completions", "application/json", body);
    // One that is refused must not keep the others waiting.
    if (status !== 200) all.resolve();
    return status;
  };
  const statuses = await Promise.all(Array.from({ length: CHATS }, (_, index) => ask(index)));
  expect(statuses).toEqual(Array(CHATS).fill(200));
});

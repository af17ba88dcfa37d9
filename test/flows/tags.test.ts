// The caller's own tags: from a header for every kind of job, from `metadata.tags` for a relayed body. OpenAI sees none of the first.
import { createHash, randomUUID } from "node:crypto";
import { httpbis } from "http-message-signatures";
import { describe, expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { chatAnswer, fakeOpenAi } from "../support/fake-openai.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { ALICE, clientOf, relayYaml } from "../support/relay-client.ts";

const json = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
const tags = { "x-broker-tags": "web, env:prod" };
const secret = "a-secret-that-both-sides-know-0123456789";

describe("a header", () => {
  it("tags mints, tool calls and relayed requests, and does not go on to OpenAI", async () => {
    await using openai = await fakeOpenAi(chatAnswer);
    await using emulator = await emulateOpenAi();
    await using minting = await createTestBroker({ openai: emulator.baseUrl, yaml: relayYaml() });
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
    await minting.fetch("/ephemeral-key", { headers: { ...json, ...tags } });
    await minting.fetch("/current_time?time_zone=UTC", { headers: { ...json, ...tags } });
    await clientOf(broker, { defaultHeaders: tags }).chat.completions.create({ model: "m", messages: [] });
    const lines = [...minting.logs, ...broker.logs].filter(({ msg }) => msg === "request");
    expect(lines.map(({ route, tags: told }) => [route, told])).toEqual([
      ["/ephemeral-key", ["web", "env:prod"]],
      ["/:toolName", ["web", "env:prod"]],
      ["/v1/*", ["web", "env:prod"]],
    ]);
    expect(JSON.stringify([openai.asked, await emulator.mints()])).not.toContain("env:prod");
  });

  it("that is malformed is refused with the rule, and counts for nothing", async () => {
    await using openai = await fakeOpenAi(chatAnswer);
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
    for (const wrong of [
      "two words",
      "x".repeat(65),
      Array.from({ length: 11 }, (_, at) => `t${at}`).join(),
    ]) {
      const headers = { ...json, "x-broker-tags": wrong };
      const refused = await broker.fetch("/v1/chat/completions", { method: "POST", headers, body: "{}" });
      expect([refused.status, (await refused.json()).error.message]).toEqual([
        400,
        expect.stringContaining("`x-broker-tags` takes at most 10 tags of 1 to 64 visible ASCII characters"),
      ]);
      expect((await broker.fetch("/ephemeral-key", { headers })).status).toBe(400);
    }
    expect(openai.asked).toEqual([]);
  });

  it("may be sent by pages of another origin", async () => {
    const yaml = `${relayYaml()}\ncors: { origins: ["https://page.example"] }`;
    await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml });
    const answer = await broker.fetch("/ephemeral-key", {
      method: "OPTIONS",
      headers: {
        origin: "https://page.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization,x-broker-tags",
      },
    });
    expect(answer.headers.get("access-control-allow-headers")).toContain("x-broker-tags");
  });

  it("with a key in it leaves none in the log", async () => {
    await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: relayYaml() });
    const headers = { ...json, "x-broker-tags": "sk-proj-Zq81mWn0Zq81mWn0, web" };
    await broker.fetch("/current_time?time_zone=UTC", { headers });
    expect(broker.logs.at(-1)).toMatchObject({ tags: ["[redacted]", "web"] });
  });
});

describe("metadata.tags", () => {
  const text = "é".repeat(20);
  it.each([20, 400_000])(
    "a list is taken out of a body of %i bytes, and nothing else is changed",
    async (size) => {
      await using openai = await fakeOpenAi(chatAnswer);
      await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
      const messages = `"messages": [ {"role":"user","content":"${text.padEnd(size / 2, "é")}"} ]`;
      const body = (metadata: string) => `{ "model":"m" , ${metadata}${messages}, "temperature" : 1.0 }`;
      const given = body('"metadata" : { "tags" : ["a", "\\u0062"] , "k":"v" }, ');
      const answer = await broker.fetch("/v1/chat/completions", {
        method: "POST",
        headers: { ...json, ...tags },
        body: given,
      });
      await answer.text();
      expect(Buffer.from(openai.asked[0]?.body ?? "", "latin1").toString()).toBe(
        body('"metadata" : { "k":"v" }, '),
      );
      expect(openai.asked[0]?.headers["content-length"]).toBe(
        String(Buffer.byteLength(body('"metadata" : { "k":"v" }, '))),
      );
      expect(broker.logs.at(-1)).toMatchObject({ status: 200, tags: ["web", "env:prod", "a", "b"] });
    },
  );

  it("a text stays, as it is a field of its own at OpenAI", async () => {
    await using openai = await fakeOpenAi(chatAnswer);
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
    const body =
      '{"model":"m","messages":[{"role":"user","content":"x"}],"metadata":{"tags":"a, b, two words"}}';
    await (await broker.fetch("/v1/chat/completions", { method: "POST", headers: json, body })).text();
    expect(openai.asked[0]?.body).toBe(body);
    expect(broker.logs.at(-1)).toMatchObject({ tags: ["a", "b"] });
  });

  it("goes together with a stream that is asked for its usage", async () => {
    await using openai = await fakeOpenAi((answer) => void answer.end("{}"));
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
    const rest = '"stream":true,"stream_options":{"include_usage":false},"messages":[]}';
    const body = `{"model":"m","metadata":{"tags":["a"]},${rest}`;
    await broker.fetch("/v1/chat/completions", { method: "POST", headers: json, body });
    expect(openai.asked[0]?.body).toBe(`{"model":"m",${rest.replace("false", "true")}`);
  });

  it("is taken out of a signed body, whose digest is that of all of it", async () => {
    await using openai = await fakeOpenAi(chatAnswer);
    const yaml = `callers: { signers: [{ name: shop, secret: ${secret} }] }\nrelay: { all: { allow: [everyone] } }`;
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
    const body = '{"model":"m","messages":[{"role":"user","content":"x"}],"metadata":{"tags":["a"]}}';
    const digest = createHash("sha256").update(body).digest("base64");
    const url = `${broker.url}/v1/chat/completions`;
    const message = { method: "POST", url, headers: { "content-digest": `sha-256=:${digest}:` } };
    const { headers } = await httpbis.signMessage(
      {
        key: {
          id: "shop",
          alg: "hmac-sha256",
          sign: async (data) =>
            (await import("node:crypto")).createHmac("sha256", secret).update(data).digest(),
        },
        fields: ["@method", "@path", "@query", "content-digest"],
        params: ["created", "keyid", "nonce"],
        paramValues: { nonce: randomUUID(), created: new Date() },
      },
      message,
    );
    const answer = await broker.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { ...(headers as Record<string, string>), "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(200);
    expect(openai.asked[0]?.body).toBe('{"model":"m","messages":[{"role":"user","content":"x"}]}');
    expect(broker.logs.at(-1)).toMatchObject({ caller: "signer:shop", tags: ["a"] });
  });

  it("tells no two requests apart for the response cache", async () => {
    await using openai = await fakeOpenAi(chatAnswer);
    const yaml = relayYaml("{ all: { allow: [everyone], cache_seconds: 60 } }");
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
    const body = (tag: string) =>
      `{"model":"m","temperature":0,"messages":[{"role":"user","content":"x"}],"metadata":{"tags":["${tag}"]}}`;
    for (const tag of ["a", "b"])
      await (
        await broker.fetch("/v1/chat/completions", { method: "POST", headers: json, body: body(tag) })
      ).text();
    expect(
      broker.logs.filter(({ msg }) => msg === "request").map(({ cache, tags: told }) => [cache, told]),
    ).toEqual([
      ["miss", ["a"]],
      ["hit", ["b"]],
    ]);
  });

  it("that lists anything but tags is a 400", async () => {
    await using broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: relayYaml() });
    const body = '{"model":"m","messages":[],"metadata":{"tags":[1]}}';
    const answer = await broker.fetch("/v1/chat/completions", { method: "POST", headers: json, body });
    expect([answer.status, (await answer.json()).error.message]).toEqual([
      400,
      expect.stringContaining("`metadata.tags` takes at most 10 tags"),
    ]);
  });
});

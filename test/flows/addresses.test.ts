// Wrong methods and wrong addresses: what works is named, and nothing runs.
import OpenAI from "openai";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { problemIn } from "../support/problem.ts";

const openai = "http://127.0.0.1:9/v1";

it.each([
  ["POST", "/healthz", "GET"],
  ["DELETE", "/ephemeral-key", "GET, POST"],
  ["PUT", "/current_time", "GET, POST"],
  ["PATCH", "/tools", "GET"],
  ["POST", "/", "GET"],
  ["POST", "/metrics", "GET"],
  ["POST", "/tools", "GET"],
  ["POST", "/client.js", "GET"],
  ["POST", "/problems/draining", "GET"],
  ["PUT", "/assets/index.js", "GET"],
  ["OPTIONS", "/current_time", "GET, POST"],
])("answers %s %s by naming what works: %s", async (method, path, allow) => {
  await using broker = await createTestBroker({ openai });
  const answer = await broker.fetch(path, { method });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
  expect((await problemIn(answer)).code).toBe("method-not-allowed");
});

it("runs nothing for HEAD where GET would mint or call", async () => {
  await using emulator = await emulateOpenAi();
  await using broker = await createTestBroker({ openai: emulator.baseUrl });
  for (const path of ["/ephemeral-key", "/current_time?time_zone=UTC"]) {
    const answer = await fetch(broker.url + path, { method: "HEAD" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, POST"]);
  }
  expect(await emulator.mints()).toEqual([]);
});

it.each([
  ["/no/such/address"],
  ["/healthz/"],
  ["/tools/x"],
  ["/assets/"],
  ["/assets/../package.json"],
  ["//"],
  ["/ephemeral-key/x"],
])("answers %s with 404 and the request's id", async (path) => {
  await using broker = await createTestBroker({ openai });
  const answer = await fetch(broker.url + path);
  const { code, instance } = await problemIn(answer);
  expect([answer.status, code]).toEqual([404, "not-found"]);
  expect(answer.headers.get("x-request-id")).toBe(instance);
  expect(broker.logs).toContainEqual(expect.objectContaining({ request_id: instance, status: 404 }));
});

it.each([
  ["POST", "/chat/completions"],
  ["POST", "/responses"],
  ["GET", "/responses/resp_1"],
  ["POST", "/embeddings"],
  ["GET", "/models"],
  ["POST", "/audio/speech"],
  ["POST", "/realtime/client_secrets"],
  ["GET", "/realtime?model=gpt-realtime-2.1"],
])(
  "answers %s %s, an address of OpenAI's without its version, by naming what lacks",
  async (method, path) => {
    await using broker = await createTestBroker({ openai });
    const answer = await broker.fetch(path, { method });
    const { error } = await answer.json();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/json"]);
    expect(error).toMatchObject({ type: "invalid_request_error", code: "version-missing" });
    expect(error.message).toContain("must end in /v1");
  },
);

it("OpenAI's own package shows what lacks", async () => {
  await using broker = await createTestBroker({ openai });
  const client = new OpenAI({ baseURL: broker.url, apiKey: "none", maxRetries: 0 });
  const body = { model: "gpt-5", messages: [{ role: "user" as const, content: "Hi" }] };
  await expect(client.chat.completions.create(body)).rejects.toThrow(/404.*must end in \/v1/);
});

it("a tool may have the name of one of OpenAI's addresses, and is called there", async () => {
  const yaml = `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [models] } }
tools:
  models:
    description: d
    parameters: { type: object, properties: {}, required: [] }
    request: { method: GET, url: "https://cars.example/models" }
`;
  const cars: typeof fetch = async () => new Response("roadster");
  await using broker = await createTestBroker({ openai, yaml, fetch: cars });
  expect(await (await broker.fetch("/models")).text()).toBe("roadster");
});

// What callers send is checked by OpenAI's moderation where the operator says so, before a model reads it.
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { chatAnswer, fakeOpenAi } from "../support/fake-openai.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { ALICE, BOB, clientOf, relayYaml } from "../support/relay-client.ts";
import { cutting } from "../support/upstream.ts";

const rules = `
  support: { allow: [role:support], moderation: {} }
  bobs: { allow: ["token:bob"], moderation: { when_unavailable: pass, model: omni-moderation-2024-09-26 } }`;
const model = "gpt-5-mini";

let openai: EmulatedOpenAi;
beforeEach(async () => {
  openai = await emulateOpenAi();
});
afterEach(() => openai[Symbol.asyncDispose]());

const start = (relay = rules) => createTestBroker({ openai: openai.baseUrl, yaml: relayYaml(relay) });

interface Seen {
  path: string;
  body: { input?: string[]; model?: string };
}
const seen = async (path: string): Promise<Seen[]> => {
  const answer = await fetch(new URL("/emulator/requests", openai.baseUrl));
  const { requests } = (await answer.json()) as { requests: Seen[] };
  return requests.filter((request) => request.path === path);
};
const fail = (status: number, times = 20) =>
  fetch(new URL("/emulator/faults", openai.baseUrl), {
    method: "POST",
    body: JSON.stringify({ path: "/v1/moderations", status, times }),
  });

describe("what is flagged", () => {
  const said = (content: unknown) => ({ messages: [{ role: "user", content }] });

  it.each<[string, keyof OpenAI | string, object]>([
    ["what the user says", "chat", said("this is flagged")],
    [
      "a part of it",
      "chat",
      said([
        { type: "text", text: "fine" },
        { type: "text", text: "flagged" },
      ]),
    ],
    [
      "what is cut into parts",
      "chat",
      said([
        { type: "text", text: "fla" },
        { type: "text", text: "gged" },
      ]),
    ],
    [
      "what is cut into messages",
      "chat",
      {
        messages: [
          { role: "user", content: "fla" },
          { role: "user", content: "gged" },
        ],
      },
    ],
    ["the name of the speaker", "chat", { messages: [{ role: "user", name: "flagged", content: "fine" }] }],
    [
      "a choice in a tool's schema",
      "chat",
      {
        ...said("fine"),
        tools: [
          {
            type: "function",
            function: { name: "f", parameters: { properties: { a: { enum: ["a", "flagged"] } } } },
          },
        ],
      },
    ],
    [
      "the schema of an answer",
      "chat",
      {
        ...said("fine"),
        response_format: {
          type: "json_schema",
          json_schema: { name: "n", schema: { type: "object", properties: { flagged: {} } } },
        },
      },
    ],
    [
      "what code has printed",
      "responses",
      {
        input: [
          {
            type: "code_interpreter_call",
            id: "ci_1",
            container_id: "cntr_1",
            code: "1",
            outputs: [{ type: "logs", logs: "flagged" }],
          },
        ],
      },
    ],
    [
      "what a tool has answered",
      "chat",
      {
        messages: [
          { role: "user", content: "Well?" },
          { role: "tool", tool_call_id: "c", content: "flagged" },
        ],
      },
    ],
    ["the input of a response", "responses", { input: "flagged" }],
    ["its instructions", "responses", { input: "fine", instructions: "flagged" }],
    [
      "an item of it",
      "responses",
      { input: [{ role: "user", content: [{ type: "input_text", text: "flagged" }] }] },
    ],
    [
      "what a tool is said to do",
      "chat",
      {
        messages: [{ role: "user", content: "Well?" }],
        tools: [{ type: "function", function: { name: "f", description: "flagged", parameters: {} } }],
      },
    ],
    [
      "what a tool has answered there",
      "responses",
      { input: [{ type: "function_call_output", call_id: "c", output: "flagged" }] },
    ],
  ])("%s is refused as OpenAI refuses, and no model reads it", async (_, kind, body) => {
    await using broker = await start();
    const client = clientOf(broker);
    const asked =
      kind === "chat"
        ? client.chat.completions.create({ model, ...body } as OpenAI.ChatCompletionCreateParamsNonStreaming)
        : client.responses.create({ model, ...body } as OpenAI.Responses.ResponseCreateParamsNonStreaming);
    const failure = await asked.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
    expect(failure).toMatchObject({ code: "content_policy_violation", type: "invalid_request_error" });
    expect(await seen(kind === "chat" ? "/v1/chat/completions" : "/v1/responses")).toEqual([]);
  });
});

const chat = (client: OpenAI, ...texts: string[]) =>
  client.chat.completions.create({
    model,
    messages: texts.map((content, index) => ({ role: index % 2 === 0 ? "user" : "assistant", content })),
  });

describe("wherever a model reads it", () => {
  const form = (prompt: string): FormData => {
    const data = new FormData();
    data.append("image", new Blob(["x"]), "a.png");
    data.append("model", "gpt-image-1");
    data.append("prompt", prompt);
    return data;
  };
  it.each<[string, string, unknown]>([
    ["a compacted conversation", "/v1/responses/compact", { model, input: "flagged" }],
    ["a prompt", "/v1/completions", { model, prompt: ["fine", "flagged"] }],
    ["a picture", "/v1/images/generations", { model: "gpt-image-1", prompt: "flagged" }],
    ["a changed picture", "/v1/images/edits", form("flagged")],
    ["a spoken text", "/v1/audio/speech", { model: "gpt-4o-mini-tts", input: "flagged", voice: "marin" }],
    ["what a transcription begins with", "/v1/audio/transcriptions", form("flagged")],
  ])("%s is refused", async (_, path, body) => {
    await using broker = await start();
    const isForm = body instanceof FormData;
    const answer = await broker.fetch(path, {
      method: "POST",
      headers: { authorization: `Bearer ${ALICE}`, ...(!isForm && { "content-type": "application/json" }) },
      body: isForm ? body : JSON.stringify(body),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "content_policy_violation" } });
    expect(await seen(path)).toEqual([]);
  });
});

describe("what cannot be checked", () => {
  const unreadable: [string, string, object][] = [
    ["a list of tokens", "/v1/completions", { model, prompt: [1, 2, 3] }],
    [
      "a file",
      "/v1/responses",
      { model, input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] },
    ],
    ["an earlier response", "/v1/responses", { model, input: "fine", previous_response_id: "resp_1" }],
    ["a stored prompt", "/v1/responses", { model, prompt: { id: "pmpt_1" } }],
    ["a batch", "/v1/batches", { input_file_id: "file-1", endpoint: "/v1/responses" }],
  ];
  const open = (more = "") =>
    start(`{ all: { allow: [everyone], paths: [inference, /v1/batches], moderation: { ${more} } } }`);
  const send = async (broker: TestBroker, path: string, body: object) => {
    const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
    return broker.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  };

  it.each(unreadable)("is refused: %s", async (_, path, body) => {
    await using broker = await open();
    const answer = await send(broker, path, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: "input-unreadable" } });
    expect(await seen(path)).toEqual([]);
  });

  it("passes where the operator chose that, and its texts are checked all the same", async () => {
    await using broker = await open("when_unreadable: pass");
    for (const [, path, body] of unreadable) {
      await send(broker, path, body);
      expect((await seen(path)).length).toBeGreaterThan(0);
    }
    const flagged = { model, input: "flagged", previous_response_id: "resp_1" };
    expect(await (await send(broker, "/v1/responses", flagged)).json()).toMatchObject({
      error: { code: "content_policy_violation" },
    });
  });
});

it("what is harmless passes, and is not asked about with each turn again", async () => {
  await using broker = await start();
  const client = clientOf(broker);
  await chat(client, "one");
  await chat(client, "one", "two");
  await chat(client, "one", "two");
  expect((await seen("/v1/moderations")).map(({ body }) => body.input)).toEqual([["one"], ["two"]]);
  expect((await seen("/v1/moderations"))[0]?.body.model).toBe("omni-moderation-latest");
});

it("a long conversation is asked about in portions, and all of it", async () => {
  await using broker = await start();
  const texts = Array.from({ length: 99 }, (_, index) => `turn ${index}`);
  await chat(clientOf(broker), ...texts);
  const inputs = (await seen("/v1/moderations")).map(({ body }) => body.input ?? []);
  expect(inputs.map(({ length }) => length).toSorted()).toEqual([3, 32, 32, 32]);
  expect(inputs.flat().toSorted()).toEqual(texts.toSorted());
  await expect(chat(clientOf(broker), ...texts, "and flagged")).rejects.toMatchObject({
    code: "content_policy_violation",
  });
});

it("nothing is checked that no model answers to, nor for whom the operator does not say so", async () => {
  await using broker = await start();
  await clientOf(broker).embeddings.create({ model: "text-embedding-3-small", input: "flagged" });
  await using plain = await start("{ all: { allow: [everyone] } }");
  await chat(clientOf(plain), "flagged");
  expect(await seen("/v1/moderations")).toEqual([]);
});

describe("when OpenAI cannot be asked", () => {
  it("nothing passes, by default", async () => {
    await using broker = await start();
    await fail(500);
    const failure = await chat(clientOf(broker), "Hello").catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 503, code: "moderation-unavailable" });
    expect((failure as InstanceType<typeof OpenAI.APIError>).headers?.get("retry-after")).toBe("1");
    expect(await seen("/v1/chat/completions")).toEqual([]);
  });

  it("everything passes where the operator chose that, and they are told", async () => {
    await using fake = await fakeOpenAi((answer, asked, request) =>
      asked.url === "/v1/moderations" ? undefined : chatAnswer(answer, asked, request),
    );
    const env = { OPENAI_TIMEOUT_MS: "1000" };
    await using broker = await createTestBroker({ openai: fake.baseUrl, yaml: relayYaml(rules), env });
    const client = clientOf(broker, { apiKey: BOB });
    expect((await chat(client, "Hello")).choices.length).toBe(1);
    expect(JSON.parse(fake.asked[0]?.body ?? "{}")).toMatchObject({ model: "omni-moderation-2024-09-26" });
    expect(broker.logs).toContainEqual(
      expect.objectContaining({ level: "warn", msg: "moderation-unavailable" }),
    );
    expect(JSON.stringify(broker.logs)).not.toContain(ALICE);
  });

  it("everything goes on passing while the only key is out for it", async () => {
    await using fake = await fakeOpenAi((answer, asked, request) =>
      asked.url === "/v1/chat/completions"
        ? chatAnswer(answer, asked, request)
        : cutting(answer, asked, request),
    );
    await using broker = await createTestBroker({
      openai: fake.baseUrl,
      yaml: relayYaml("{ all: { allow: [members], moderation: { when_unavailable: pass } } }"),
    });
    const say = async (turn: number) => {
      const client = clientOf(broker, { apiKey: turn % 2 === 0 ? ALICE : BOB });
      return (await chat(client, `Hello ${turn}`)).choices.length;
    };
    for (let turn = 0; turn < 3; turn += 1) await say(turn);
    await expect.poll(() => broker.logs.map(({ msg }) => msg)).toContain("upstream-key-out");
    for (let turn = 3; turn < 10; turn += 1) expect(await say(turn)).toBe(1);
  });

  it.each([
    [400, 400, "input-unreadable"],
    [429, 503, "moderation-unavailable"],
  ])(
    "a refusal is an answer: after %i nothing passes, whatever the operator chose",
    async (said, status, code) => {
      await using broker = await start();
      await fail(said);
      const client = clientOf(broker, { apiKey: BOB });
      await expect(chat(client, "Hello")).rejects.toMatchObject({ status, code });
      expect(await seen("/v1/chat/completions")).toEqual([]);
      expect(broker.logs.filter(({ msg }) => msg === "moderation-unavailable")).toEqual([]);
      await fetch(new URL("/emulator/faults", openai.baseUrl), { method: "DELETE" });
    },
  );
});

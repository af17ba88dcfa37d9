// What callers send is checked by OpenAI's moderation where the operator says so, before a model reads it.
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { ALICE, BOB, clientOf, relayYaml } from "../support/relay-client.ts";

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
  client.chat.completions.create({ model, messages: texts.map((content) => ({ role: "user", content })) });

it("what is harmless passes, and is not asked about with each turn again", async () => {
  await using broker = await start();
  const client = clientOf(broker);
  await chat(client, "one");
  await chat(client, "one", "two");
  await chat(client, "one", "two");
  expect((await seen("/v1/moderations")).map(({ body }) => body.input)).toEqual([["one"], ["two"]]);
  expect((await seen("/v1/moderations"))[0]?.body.model).toBe("omni-moderation-latest");
});

it("nothing is checked that no model reads, nor for whom the operator does not say so", async () => {
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
    expect(await seen("/v1/chat/completions")).toEqual([]);
  });

  it("everything passes where the operator chose that, and he is told", async () => {
    await using broker = await start();
    await fail(400);
    const client = clientOf(broker, { apiKey: BOB });
    expect((await chat(client, "Hello")).choices.length).toBe(1);
    expect((await seen("/v1/moderations")).at(-1)?.body.model).toBe("omni-moderation-2024-09-26");
    expect(broker.logs).toContainEqual(
      expect.objectContaining({ level: "warn", msg: "moderation-unavailable" }),
    );
    expect(JSON.stringify(broker.logs)).not.toContain(ALICE);
    await fetch(new URL("/emulator/faults", openai.baseUrl), { method: "DELETE" });
    await expect(chat(client, "flagged")).rejects.toMatchObject({ code: "content_policy_violation" });
  });
});

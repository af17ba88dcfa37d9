// What the text endpoints refuse, as OpenAI does.
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";

let emulator: Emulator;
let client: OpenAI;
beforeAll(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
});
afterAll(() => emulator.close());

const model = "gpt-5-mini";
const user = { role: "user", content: "Hello" };
const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
const closed = (properties: object, required: string[]) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const f = (more: object = {}) => ({ type: "function", function: { name: "f", ...more } });
const format = (schema: object) => ({
  response_format: { type: "json_schema", json_schema: { name: "x", strict: true, schema } },
});
const text = { type: "string" };

describe("chat completions are refused for", () => {
  it.each<[string, object, string | null, string | RegExp]>([
    [
      "a role that is none",
      { messages: [{ role: "robot", content: "x" }] },
      "messages[0].role",
      "Invalid value: 'robot'",
    ],
    ["a user without a word", { messages: [{ role: "user" }] }, "messages[0].content", /Missing|Invalid/],
    [
      "an output without a call",
      { messages: [user, { role: "tool", tool_call_id: "x", content: "1" }] },
      "messages.[1].role",
      "must be a response to a preceeding message",
    ],
    [
      "a call without an output",
      { messages: [user, { role: "assistant", tool_calls: [call] }, user] },
      "messages.[2].role",
      "did not have response messages: call_1",
    ],
    [
      "a tool's name with a space",
      { tools: [{ type: "function", function: { name: "a b" } }] },
      "tools[0].function.name",
      "does not match pattern",
    ],
    [
      "a choice without tools",
      { tool_choice: "required" },
      "tool_choice",
      "only allowed when 'tools' are specified",
    ],
    [
      "a choice that is not offered",
      { tools: [f()], tool_choice: { type: "function", function: { name: "g" } } },
      "tool_choice",
      "no function named 'g'",
    ],
    [
      "parallel calls without tools",
      { parallel_tool_calls: true },
      "parallel_tool_calls",
      "only allowed when 'tools'",
    ],
    ["too many tools", { tools: Array.from({ length: 129 }, () => f()) }, "tools", /128/],
    [
      "parameters that are no object",
      { tools: [f({ parameters: { type: "array" } })] },
      "tools[0].function.parameters",
      "Invalid schema for function 'f'",
    ],
    [
      "a strict tool with an optional parameter",
      { tools: [f({ strict: true, parameters: closed({ a: text }, []) })] },
      "tools[0].function.parameters",
      "Missing 'a'",
    ],
    [
      "options of a stream that is none",
      { stream_options: { include_usage: true } },
      "stream_options",
      "only allowed when 'stream' is enabled",
    ],
    [
      "a schema that is open",
      format({ type: "object", properties: {} }),
      "response_format",
      "In context=(), 'additionalProperties' is required to be supplied and to be false.",
    ],
    [
      "a part of a schema that is open",
      format(closed({ a: { type: "object", properties: {} } }, ["a"])),
      "response_format",
      "In context=('properties', 'a'), 'additionalProperties'",
    ],
    [
      "a schema with oneOf",
      format(closed({ a: { oneOf: [text] } }, ["a"])),
      "response_format",
      "'oneOf' is not permitted",
    ],
    [
      "a part without a type",
      format(closed({ a: { description: "x" } }, ["a"])),
      "response_format",
      "schema must have a 'type' key",
    ],
    ["a list at the top", format({ type: "array", items: text }), "response_format", "got 'type: \"array\"'"],
    [
      "a schema that asks for too much",
      format(closed({ a: { type: "array", minItems: 1e9, items: text } }, ["a"])),
      null,
      "at most 10000 values",
    ],
  ])("%s", async (_, more, param, message) => {
    const asked = { model, messages: [user], ...more } as OpenAI.ChatCompletionCreateParamsNonStreaming;
    await expect(client.chat.completions.create(asked)).rejects.toMatchObject({
      status: 400,
      param,
      type: "invalid_request_error",
      message:
        typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message),
    });
  });
});

describe("responses are refused for", () => {
  const output = { type: "function_call_output", call_id: "call_1", output: "1" };
  it.each<[string, object, string, string]>([
    [
      "an output without a call",
      { input: [user, output] },
      "input",
      "No tool call found for function call output with call_id call_1.",
    ],
    [
      "a call without an output",
      { input: [user, { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" }] },
      "input",
      "No tool output found for function call call_1.",
    ],
    ["an unknown response", { previous_response_id: "resp_x" }, "previous_response_id", "not found"],
    [
      "a tool without a name",
      { tools: [{ type: "function" }] },
      "tools[0].name",
      "Invalid value for 'tools[0].name'",
    ],
    [
      "a strict schema that is open",
      { text: { format: { type: "json_schema", name: "x", strict: true, schema: { type: "object" } } } },
      "text.format.schema",
      "'additionalProperties' is required",
    ],
    [
      "JSON that nobody mentions",
      { text: { format: { type: "json_object" } } },
      "input",
      "must contain the word 'json'",
    ],
    ["a limit of few tokens", { max_output_tokens: 5 }, "max_output_tokens", ">= 16"],
  ])("%s", async (_, more, param, message) => {
    const asked = { model, input: "Hello", ...more } as OpenAI.Responses.ResponseCreateParamsNonStreaming;
    await expect(client.responses.create(asked)).rejects.toMatchObject({
      status: 400,
      param,
      message: expect.stringContaining(message),
    });
  });

  it("an item that is not kept", async () => {
    const input = [{ type: "item_reference" as const, id: "msg_x" }];
    await expect(client.responses.create({ model, input })).rejects.toMatchObject({ status: 404 });
  });
});

it("what was uploaded in a form is not kept beyond its limit", async () => {
  const body = Buffer.alloc(129 * 1024 * 1024);
  const headers = { authorization: "Bearer sk-test", "content-type": "application/octet-stream" };
  const answer = await fetch(`${emulator.baseUrl}/audio/transcriptions`, { method: "POST", headers, body });
  expect([answer.status, (await answer.json()).error.type]).toEqual([413, "invalid_request_error"]);
});

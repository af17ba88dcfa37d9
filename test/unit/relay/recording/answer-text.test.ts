// What a model said, in the words of each of OpenAI's endpoints.
import { expect, it } from "vitest";
import { textOfAnswer, textOfEvent } from "../../../../server/relay/recording/answer-text.ts";

const call = { name: "weather", arguments: '{"city":"Graz"}' };

it.each<[string, unknown, string]>([
  ["a chat", { choices: [{ message: { content: "Hello." } }] }, "Hello."],
  [
    "a chat of several choices",
    { choices: [{ message: { content: "One" } }, { message: { refusal: "No." } }] },
    "One\n\nNo.",
  ],
  [
    "a chat's calls of functions",
    { choices: [{ message: { content: null, tool_calls: [{ function: call }] } }] },
    '\n[calls weather] {"city":"Graz"}',
  ],
  ["a completion", { choices: [{ text: "and so on" }] }, "and so on"],
  [
    "a response",
    {
      output: [
        { type: "reasoning", summary: [{ text: "Hm." }] },
        { type: "message", content: [{ type: "output_text", text: "Hello." }, { refusal: "No." }] },
        { type: "function_call", ...call },
      ],
    },
    'Hm.\n\nHello.\nNo.\n\n\n[calls weather] {"city":"Graz"}',
  ],
  ["a transcript", { text: "Good morning" }, "Good morning"],
  ["an error", { error: { message: "Too long." } }, "Too long."],
  ["embeddings", { data: [{ embedding: [1, 2] }] }, ""],
  ["images", { data: [{ b64_json: "AAAA" }] }, ""],
  ["what is no answer", ["x"], ""],
  ["what is malformed", { choices: [null, { message: "x" }], output: 7, text: {} }, ""],
])("reads %s", (_, answer, text) => {
  expect(textOfAnswer(answer)).toBe(text);
});

it.each<[string, unknown, string]>([
  ["a chat's piece", { choices: [{ delta: { content: "Hel" } }] }, "Hel"],
  [
    "a chat's call",
    { choices: [{ delta: { tool_calls: [{ function: { name: "weather", arguments: "" } }] } }] },
    "\n[calls weather] ",
  ],
  ["its arguments", { choices: [{ delta: { tool_calls: [{ function: { arguments: "{}" } }] } }] }, "{}"],
  ["a response's piece", { type: "response.output_text.delta", delta: "Hel" }, "Hel"],
  [
    "a response's call",
    { type: "response.output_item.added", item: { type: "function_call", name: "weather", arguments: "" } },
    "\n[calls weather] ",
  ],
  ["its arguments' piece", { type: "response.function_call_arguments.delta", delta: "{}" }, "{}"],
  ["a transcript's piece", { type: "transcript.text.delta", delta: "Good" }, "Good"],
  ["sound", { type: "speech.audio.delta", delta: "AAAA" }, ""],
  ["what tells all again", { type: "response.output_text.done", text: "Hello." }, ""],
  ["an error", { type: "error", error: { message: "Overloaded." } }, "Overloaded."],
])("reads %s of a stream", (_, event, text) => {
  expect(textOfEvent(event)).toBe(text);
});

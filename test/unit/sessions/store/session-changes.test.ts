// What of a session is compared, and how.
import { expect, it } from "vitest";
import {
  isAltered,
  isOverridden,
  resembles,
  updateOf,
  watchedOf,
  withAllowed,
} from "../../../../server/sessions/store/session-changes.ts";

const tools = [{ type: "function", name: "get_weather", parameters: { type: "object" } }];
const session = {
  ...{ type: "realtime", model: "m", instructions: "Be brief.", tools, tool_choice: "auto" },
  ...{ max_output_tokens: "inf", output_modalities: ["audio"], expires_at: 7 },
  audio: { input: { transcription: { model: "t", language: "de" }, turn_detection: null } },
};
const watched = watchedOf(session);

it("compares what the model is told, what it may call, and how much it may say", () => {
  expect(Object.keys(watched)).toEqual([
    ...["instructions", "tools", "tool_choice", "max_output_tokens", "output_modalities"],
    "audio.input.transcription",
  ]);
  expect(updateOf(watchedOf({ instructions: "a", audio: { input: { transcription: null } } }))).toEqual({
    ...{ type: "realtime", instructions: "a", audio: { input: { transcription: null } } },
  });
});

it.each([
  ["nothing", {}, false],
  ["what is the page's own", { audio: { ...session.audio, output: { speed: 2 } }, expires_at: 8 }, false],
  ["the instructions", { instructions: "" }, true],
  ["a tool's description", { tools: [{ ...tools[0], description: "x" }] }, true],
  ["the tools", { tools: [] }, true],
  ["the transcription", { audio: { input: { transcription: null } } }, true],
])("sees a change of %s", (_, change, expected) => {
  expect(isAltered(watched, watchedOf({ ...session, ...change }))).toBe(expected);
});

it("takes nothing for null, as OpenAI does", () => {
  expect(isAltered({ prompt: null }, {})).toBe(false);
});

it("lets the page change what the profile lets it", () => {
  const transcription = { model: "t", language: "en" };
  const changed = watchedOf({ ...session, instructions: "Mine.", audio: { input: { transcription } } });
  expect(isAltered(withAllowed(watched, changed, ["instructions"]), changed)).toBe(true);
  const paths = ["instructions", "audio.input.transcription.language"];
  expect(isAltered(withAllowed(watched, changed, paths), changed)).toBe(false);
  expect(isAltered(withAllowed(watched, changed, ["audio"]), changed)).toBe(true);
  expect(isAltered(withAllowed(watched, changed, ["audio", "instructions"]), changed)).toBe(false);
  const other = watchedOf({
    ...session,
    audio: { input: { transcription: { model: "x", language: "en" } } },
  });
  expect(isAltered(withAllowed(watched, other, paths), other)).toBe(true);
});

it.each([
  [
    "as the session says",
    { conversation_id: "conv_1", max_output_tokens: "inf", output_modalities: ["audio"] },
    false,
  ],
  ["that shows nothing", {}, false],
  ["outside of the conversation", { conversation_id: null }, true],
  ["with other instructions", { instructions: "Mine." }, true],
  ["with other tools", { tools: [] }, true],
  ["in another modality", { output_modalities: ["text"] }, true],
])("sees a response %s", (_, response, expected) => {
  expect(isOverridden(watched, response)).toBe(expected);
});

it("knows a session again that OpenAI writes in its own way", () => {
  const shown = { ...watched, instructions: "Be brief.\n", tools: [{ ...tools[0], strict: true }] };
  expect(resembles(watched, shown)).toBe(true);
  expect(resembles({}, shown)).toBe(true);
  expect(resembles(watched, { ...shown, instructions: "" })).toBe(false);
  expect(resembles(watched, { ...shown, tools: [...tools, { name: "more" }] })).toBe(false);
  expect(resembles(watched, { ...shown, tools: null })).toBe(false);
});

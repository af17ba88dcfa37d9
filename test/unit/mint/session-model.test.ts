// The model that a session names.
import { expect, it } from "vitest";
import { modelOf, part } from "../../../server/mint/session-model.ts";

it.each([
  ["a session", { model: "gpt-realtime" }, "gpt-realtime"],
  ["a transcription", { audio: { input: { transcription: { model: "whisper-1" } } } }, "whisper-1"],
  [
    "a session that transcribes too",
    { model: "gpt-realtime", audio: { input: { transcription: { model: "whisper-1" } } } },
    "gpt-realtime",
  ],
  ["a session without one", { audio: { input: null } }, undefined],
  ["a session with something else in its place", { model: 1, audio: "loud" }, undefined],
])("of %s", (_, session, model) => {
  expect(modelOf(session)).toBe(model);
});

it("a part that is no object is an empty one", () => {
  expect([part({ a: { b: 1 } }, "a"), part({ a: null }, "a"), part({ a: "x" }, "a"), part({}, "a")]).toEqual([
    { b: 1 },
    ...[{}, {}, {}],
  ]);
});

// Voices and models that OpenAI is known not to have.
import { expect, it } from "vitest";
import { findProblems } from "../../../server/config/cross-check.ts";
import { configOf, withSession } from "../../support/configuration.ts";

const problems = (session: string, env: Record<string, string> = {}) => {
  const config = configOf(`callers: { guests: loopback }\n${withSession(session)}`, {
    OPENAI_API_KEY: "sk-1",
    ...env,
  });
  return findProblems(config, new Set(), 0);
};
const voice = (name: string) =>
  `{ type: realtime, model: gpt-realtime-2.1, audio: { output: { voice: ${name} } } }`;

it("a voice that OpenAI has not stops the start, with the list", () => {
  expect(problems(voice("alloyy"))).toEqual([
    "profiles.default.session.audio.output.voice: OpenAI has no voice alloyy; did you mean alloy? There are alloy, ash, ballad, coral, echo, sage, shimmer, verse, marin, cedar. If OpenAI has it by now, name it in new_openai_names",
  ]);
  expect(problems(voice("hazel"))).toHaveLength(1);
  for (const known of ["marin", "{ id: voice_12 }"]) expect(problems(voice(known))).toEqual([]);
});

it("a voice that is newer than this version is named in a setting", () => {
  expect(problems(voice("hazel"), { NEW_OPENAI_NAMES: "juniper, hazel" })).toEqual([]);
});

it("at another server than OpenAI's nothing is known of its names", () => {
  expect(problems(voice("alloyy"), { OPENAI_BASE_URL: "http://127.0.0.1:4000/v1" })).toEqual([]);
  expect(problems(voice("alloyy"), { OPENAI_BASE_URL: "https://eu.api.openai.com/v1" })).toHaveLength(1);
});

it.each(["gpt-realtme-2.1", "gpt_realtime_2.1", "gpt-realtime-2.1-mimi"])(
  "the model %s is misspelt",
  (model) => {
    expect(problems(`{ type: realtime, model: ${model} }`)).toEqual([
      expect.stringMatching(
        /^profiles\.default\.session\.model: OpenAI has no model .*; did you mean gpt-realtime-2\.1/,
      ),
    ]);
  },
);

it.each([
  "gpt-realtime-2.2",
  "gpt-realtime-3-mini",
  "gpt-realtime-2.1-2026-12-01",
  "m",
  "ft:gpt-realtime:acme",
])("the model %s may be a new one", (model) =>
  expect(problems(`{ type: realtime, model: ${model} }`)).toEqual([]),
);

it("a model for transcriptions is looked at too", () => {
  const session = "{ type: transcription, audio: { input: { transcription: { model: gpt-transcibe } } } }";
  expect(problems(session)).toEqual([
    expect.stringMatching(/transcription\.model: .*did you mean gpt-transcribe\?/),
  ]);
});

// What a profile may say of a session: OpenAI's fields, and a word for each field that is gone.
import { describe, expect, it } from "vitest";
import { configOf, problemsIn, withSession } from "../../support/configuration.ts";

const realtime = (more: string) => withSession(`{ type: realtime, model: gpt-realtime-2.1, ${more} }`);
const at = (field: string) => `profiles.default.session.${field}`;

describe("a field of the beta interface is named with its replacement", () => {
  it.each([
    ["voice: marin", "voice", "audio.output.voice"],
    ["modalities: [text, audio]", "modalities", "output_modalities"],
    ["speed: 1.2", "speed", "audio.output.speed"],
    ["input_audio_format: pcm16", "input_audio_format", "audio.input.format"],
    ["output_audio_format: pcm16", "output_audio_format", "audio.output.format"],
    [
      "input_audio_transcription: { model: whisper-1 }",
      "input_audio_transcription",
      "audio.input.transcription",
    ],
    ["input_audio_noise_reduction: {}", "input_audio_noise_reduction", "audio.input.noise_reduction"],
    ["turn_detection: { type: server_vad }", "turn_detection", "audio.input.turn_detection"],
    ["max_response_output_tokens: 99", "max_response_output_tokens", "max_output_tokens"],
  ])("%s", (written, field, replacement) => {
    const problem = `${at(field)}: is a field of the removed beta interface; write ${replacement} instead`;
    expect(problemsIn(realtime(written))).toEqual([problem]);
  });
});

it.each([
  ["temperature: 0.8", "temperature", "OpenAI removed it"],
  ["client_secret: {}", "client_secret", "ttl_seconds"],
  ["expires_after: { seconds: 60 }", "expires_after", "ttl_seconds"],
  ["prompt: { id: pmpt_1 }", "prompt", "2026-11-30"],
])("a field that went away is named with what to do: %s", (written, field, advice) => {
  const [problem, ...others] = problemsIn(realtime(written));
  expect(problem).toMatch(`${at(field)}: is no longer a field: `);
  expect(problem).toContain(advice);
  expect(others).toEqual([]);
});

it.each([
  ["colour: blue", "colour"],
  ["audio: { output: { voise: marin } }", "audio.output.voise"],
  ["audio: { input: { format: { type: audio/pcm, rate: 24000, bits: 16 } } }", "audio.input.format.bits"],
  [
    "audio: { input: { turn_detection: { type: semantic_vad, threshold: 0.5 } } }",
    "audio.input.turn_detection.threshold",
  ],
  ["tools: [{ type: function, name: x, strict: true }]", "tools[0].strict"],
  ["constructor: 1", "constructor"],
])("a field that never was one is named with its whole path: %s", (written, path) => {
  const said = `${at(path)}: is not a field of OpenAI's session object; `;
  expect(problemsIn(realtime(written))).toEqual([expect.stringContaining(said)]);
});

it.each([
  ["output_modalities: [text, audio]", "output_modalities"],
  ["output_modalities: [video]", "output_modalities[0]"],
  ["audio: { output: { speed: 9 } }", "audio.output.speed"],
  ["audio: { input: { turn_detection: { type: loud } } }", "audio.input.turn_detection.type"],
  [
    "audio: { input: { turn_detection: { type: server_vad, threshold: 2 } } }",
    "audio.input.turn_detection.threshold",
  ],
  ["max_output_tokens: 5000", "max_output_tokens"],
  ["tools: [{ type: function, name: 'no spaces' }]", "tools[0].name"],
  ["tools: [{ type: mcp, server_label: docs }]", "tools[0]"],
  ["tool_choice: sometimes", "tool_choice"],
])("a value that OpenAI would refuse is named: %s", (written, path) => {
  const problems = problemsIn(realtime(written));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${at(path).replaceAll(/[.[\]]/g, "\\$&")}: \\S`));
});

it("a session must say its type and its model", () => {
  expect(problemsIn(withSession("{ model: gpt-realtime-2.1 }"))[0]).toMatch(
    /^profiles\.default\.session\.type: /,
  );
  expect(problemsIn(withSession("{ type: realtime }"))[0]).toMatch(/^profiles\.default\.session\.model: /);
  expect(problemsIn(withSession("{ type: telepathy }"))[0]).toMatch(/^profiles\.default\.session\.type: /);
});

it("a transcription session has a transcription's fields only", () => {
  const transcription = withSession(
    "{ type: transcription, audio: { input: { transcription: { model: gpt-transcribe } } } }",
  );
  expect(configOf(transcription).profiles.default?.session).toEqual({
    type: "transcription",
    audio: { input: { transcription: { model: "gpt-transcribe" } } },
  });
  for (const field of ["model: x", "instructions: x", "tools: []", "audio: { output: { voice: marin } }"]) {
    expect(problemsIn(withSession(`{ type: transcription, ${field} }`)), field).toHaveLength(1);
  }
  expect(problemsIn("profiles: { p: { session: { type: transcription }, tools: [current_time] } }")).toEqual([
    "profiles.p.tools: a transcription session has no tools",
  ]);
});

it("null turns a part off where OpenAI says so, and reaches OpenAI", () => {
  const config = configOf(
    realtime("audio: { input: { turn_detection: null, noise_reduction: null, transcription: null } }"),
  );
  expect(config.profiles.default?.session.audio).toEqual({
    input: { turn_detection: null, noise_reduction: null, transcription: null },
  });
});

it("everything that the guides to Realtime show is taken as it stands", () => {
  const session = `{ type: realtime, model: gpt-realtime-2, output_modalities: [audio], instructions: "Be brief.",
    audio: { input: { format: { type: audio/pcm, rate: 24000 }, noise_reduction: { type: near_field },
      transcription: { model: gpt-transcribe, language: en }, turn_detection: { type: server_vad, threshold: 0.5,
      prefix_padding_ms: 300, silence_duration_ms: 500, idle_timeout_ms: null, create_response: true } },
      output: { format: { type: audio/pcmu }, voice: { id: voice_123 }, speed: 1.0 } },
    tools: [{ type: function, name: f, parameters: {} }, { type: mcp, server_label: d, server_url: "https://d.example", require_approval: never }],
    tool_choice: { type: function, name: f }, max_output_tokens: inf, tracing: auto, reasoning: { effort: low },
    truncation: { type: retention_ratio, retention_ratio: 0.8 }, include: [item.input_audio_transcription.logprobs] }`;
  expect(problemsIn(withSession(session))).toEqual([]);
});

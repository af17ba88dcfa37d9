// What a caller may change of a profile's session, and how it is laid over it.
import { describe, expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import { composeSession } from "../../../server/profiles/compose.ts";
import { overridePaths } from "../../../server/profiles/overrides.ts";
import { profileSchema } from "../../../server/profiles/profile.ts";
import { realtimeSession } from "../../../server/profiles/session.ts";
import { problemsIn } from "../../support/configuration.ts";

const session = {
  type: "realtime",
  model: "gpt-realtime-2.1",
  instructions: "Be brief.",
  audio: {
    input: { turn_detection: { type: "server_vad", threshold: 0.5, silence_duration_ms: 300 } },
    output: { voice: "marin", speed: 1.1 },
  },
};

const composed = (overrides: string[], requested: Record<string, unknown>) =>
  realtimeSession.parse(
    composeSession({ name: "default", ...profileSchema.parse({ session, overrides }) }, [], requested),
  );

const pointersOf = (overrides: string[], requested: Record<string, unknown>): string[] => {
  try {
    composed(overrides, requested);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).toBe("key-request-invalid");
    return (error.errors ?? []).map(({ pointer }) => pointer);
  }
};

it("changes the field that the profile lists, and leaves its neighbours", () => {
  const { audio } = composed(["audio.output.voice"], { audio: { output: { voice: "cedar" } } });
  expect(audio).toEqual({ ...session.audio, output: { voice: "cedar", speed: 1.1 } });
});

it("replaces a listed object whole: what the request leaves out is gone", () => {
  const { audio } = composed(["audio.output"], { audio: { output: { voice: "cedar" } } });
  expect(audio).toEqual({ ...session.audio, output: { voice: "cedar" } });
});

it("switches between kinds of turn detection without mixing them", () => {
  const requested = { audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "low" } } } };
  const { audio } = composed(["audio.input.turn_detection"], requested);
  expect(audio?.input?.turn_detection).toEqual({ type: "semantic_vad", eagerness: "low" });
  const off = composed(["audio.input.turn_detection"], { audio: { input: { turn_detection: null } } });
  expect(off.audio?.input?.turn_detection).toBeNull();
});

it("never changes the profile itself", () => {
  const profile = { name: "default", ...profileSchema.parse({ session, overrides: ["audio.output.voice"] }) };
  composeSession(profile, [], { audio: { output: { voice: "cedar" } } });
  expect(composeSession(profile, [])).toEqual(session);
});

describe("refuses, and points at, what the profile does not list", () => {
  it.each([
    ["another field", { instructions: "Obey me." }, ["/session/instructions"]],
    ["a neighbour", { audio: { output: { speed: 1.5 } } }, ["/session/audio/output/speed"]],
    ["the object above", { audio: { output: "loud" } }, ["/session/audio/output"]],
    ["an array for the object above", { audio: { output: [{ voice: "cedar" }] } }, ["/session/audio/output"]],
    ["the type", { type: "transcription" }, ["/session/type"]],
    ["tools", { tools: [] }, ["/session/tools"]],
    ["a prototype", JSON.parse('{"__proto__":{"voice":"x"}}'), ["/session/__proto__"]],
    ["a dotted name", { "audio.output.speed": 1.5 }, ["/session/audio/output/speed"]],
    ["everything at once", { model: "x", tools: [] }, ["/session/model", "/session/tools"]],
  ])("%s", (_, requested, pointers) => {
    expect(pointersOf(["audio.output.voice"], requested)).toEqual(pointers);
  });

  it("a value that OpenAI would refuse", () => {
    expect(pointersOf(["audio.output.voice"], { audio: { output: { voice: 7 } } })).toEqual([
      "/session/audio/output/voice",
    ]);
    expect(pointersOf(["max_output_tokens"], { max_output_tokens: -1 })).toEqual([
      "/session/max_output_tokens",
    ]);
  });
});

it("nothing may be overridden unless it is listed", () => {
  expect(pointersOf([], { audio: { output: { voice: "cedar" } } })).toEqual(["/session/audio/output/voice"]);
});

it("a profile cannot list its type, its tools or what is no field", () => {
  for (const type of ["realtime", "transcription"] as const) {
    const paths = overridePaths(type);
    expect([paths.has("type"), paths.has("tools"), paths.has("tool_choice")]).toEqual([false, false, false]);
    expect(paths.has("audio.input.turn_detection")).toBe(true);
  }
  const problems = problemsIn(
    `profiles: { default: { session: { type: realtime, model: m }, overrides: [tools, voice] } }`,
  );
  expect(problems).toEqual([
    expect.stringMatching(
      /^profiles\.default\.overrides\[0\]: tools cannot be overridden; possible are .*audio\.output\.voice/,
    ),
    expect.stringMatching(/^profiles\.default\.overrides\[1\]: voice cannot be overridden/),
  ]);
});

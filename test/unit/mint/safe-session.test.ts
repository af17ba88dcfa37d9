// What a browser may see of OpenAI's echo of a session.
import { expect, it } from "vitest";
import { safeSession } from "../../../server/mint/safe-session.ts";

it("id, type, model, modalities and voice leave; instructions, tools and whatever comes later stay", () => {
  const echo = {
    ...{ id: "sess_1", type: "realtime", model: "gpt-realtime", output_modalities: ["audio"] },
    ...{ instructions: "secret", tools: [{ type: "mcp", authorization: "secret" }], prompt: "secret" },
    audio: { output: { voice: "marin", secret: "secret" }, input: { secret: "secret" } },
    client_secret: { value: "secret" },
  };
  expect(safeSession("realtime", echo)).toEqual({
    ...{
      id: "sess_1",
      type: "realtime",
      model: "gpt-realtime",
      output_modalities: ["audio"],
      voice: "marin",
    },
  });
});

it("a voice of one's own is told by its id", () => {
  const echo = { audio: { output: { voice: { id: "voice_1", name: "secret" } } } };
  expect(safeSession("realtime", echo).voice).toBe("voice_1");
});

it("what OpenAI did not say, or said in another form, is null", () => {
  const nothing = { id: null, type: "transcription", model: null, output_modalities: null, voice: null };
  expect(safeSession("transcription", {})).toEqual(nothing);
  const strange = {
    ...{ id: 1, model: { secret: "secret" }, output_modalities: "audio" },
    audio: { output: { voice: { id: 2 } } },
  };
  expect(safeSession("transcription", strange)).toEqual(nothing);
  expect(safeSession("realtime", { audio: null }).voice).toBeNull();
  expect(safeSession("realtime", { output_modalities: ["text", { a: 1 }] }).output_modalities).toEqual([
    "text",
  ]);
});

it("the type is the one that was asked for, whatever the echo says", () => {
  expect(safeSession("transcription", { type: "realtime" }).type).toBe("transcription");
});

// What Deep Chat sends, as it should have been sent.
import { describe, expect, it } from "vitest";
import { repairOutgoing } from "../../client/deep-chat/outgoing.ts";

const repaired = (event: object): unknown => JSON.parse(repairOutgoing(JSON.stringify(event)));

describe("what Deep Chat sends", () => {
  it("says which type of session it updates", () => {
    expect(repaired({ type: "session.update", session: { instructions: "Be brief." } })).toEqual({
      type: "session.update",
      session: { type: "realtime", instructions: "Be brief." },
    });
  });

  it("has today's names for the settings that Deep Chat offers under the beta's", () => {
    const session = {
      voice: "cedar",
      temperature: 0.7,
      turn_detection: null,
      input_audio_transcription: true,
      max_response_output_tokens: 200,
      audio: { output: { speed: 1.1 } },
    };
    expect(repaired({ type: "session.update", session })).toEqual({
      type: "session.update",
      session: {
        type: "realtime",
        max_output_tokens: 200,
        audio: {
          input: { turn_detection: null, transcription: { model: "gpt-transcribe" } },
          output: { voice: "cedar", speed: 1.1 },
        },
      },
    });
  });

  it("leaves a session alone that has today's shape", () => {
    const event = {
      type: "session.update",
      session: { type: "transcription", audio: { input: { turn_detection: null } } },
    };
    expect(repaired(event)).toEqual(event);
  });

  it("calls an assistant's words output, and nobody else's", () => {
    const message = (role: string, type: string): object => ({
      type: "conversation.item.create",
      item: { type: "message", role, content: [{ type, text: "Hello" }] },
    });
    expect(repaired(message("assistant", "text"))).toEqual(message("assistant", "output_text"));
    expect(repaired(message("user", "input_text"))).toEqual(message("user", "input_text"));
  });

  it("passes on what is no event", () => {
    expect(repairOutgoing("not JSON")).toBe("not JSON");
    expect(repairOutgoing('{"type":"response.create"}')).toBe('{"type":"response.create"}');
  });
});

// Transcript events, as the lines of a conversation.
import { describe, expect, it } from "vitest";
import type { RealtimeEvent } from "../../client/voice/realtime-event.ts";
import type { TranscriptLine } from "../../client/voice/reports.ts";
import { transcriptReader } from "../../client/voice/transcript.ts";

const read = (...events: RealtimeEvent[]): TranscriptLine[] => {
  const lines: TranscriptLine[] = [];
  const reader = transcriptReader((line) => lines.push(line));
  for (const event of events) reader(event);
  return lines;
};
const line = (id: string, role: TranscriptLine["role"], text: string, final: boolean) => ({
  id,
  role,
  text,
  final,
});

describe("the transcript", () => {
  it.each(["response.output_audio_transcript", "response.audio_transcript"])("grows with %s", (name) => {
    const lines = read(
      { type: `${name}.delta`, item_id: "a", delta: "It is " },
      { type: `${name}.delta`, item_id: "a", delta: "sunny" },
      { type: `${name}.done`, item_id: "a", transcript: "It is sunny." },
    );
    expect(lines).toEqual([
      line("a", "assistant", "It is ", false),
      line("a", "assistant", "It is sunny", false),
      line("a", "assistant", "It is sunny.", true),
    ]);
  });

  it("shows text answers as well as spoken ones", () => {
    const done = { type: "response.output_text.done", item_id: "a", text: "Hi." };
    expect(read(done)).toEqual([line("a", "assistant", "Hi.", true)]);
  });

  it("keeps the user's place before the answer, when there will be a transcript", () => {
    const created = {
      type: "session.created",
      session: { audio: { input: { transcription: { model: "x" } } } },
    };
    const committed = { type: "input_audio_buffer.committed", item_id: "u" };
    const completed = {
      type: "conversation.item.input_audio_transcription.completed",
      item_id: "u",
      transcript: "Hello?",
    };
    expect(read(created, committed, completed)).toEqual([
      line("u", "user", "", false),
      line("u", "user", "Hello?", true),
    ]);
    expect(read({ type: "session.created", session: {} }, committed)).toEqual([]);
  });

  it("ends the line of an answer that was cut off, once", () => {
    const cutOff = {
      type: "response.done",
      response: { status: "cancelled", output: [{ id: "a", type: "message" }] },
    };
    const delta = { type: "response.output_audio_transcript.delta", item_id: "a", delta: "Once upon" };
    expect(read(delta, cutOff, cutOff)).toEqual([
      line("a", "assistant", "Once upon", false),
      line("a", "assistant", "Once upon", true),
    ]);
  });
});

// Which messages of a GPT-Live sideband are dropped before they are parsed.
import { expect, it } from "vitest";
import { isAudioCopy, isDelta } from "../../../../server/sessions/dialects/live-first-bytes.ts";

const sound = "UklGR".repeat(2000);
const bytes = (value: unknown, indent?: number) => Buffer.from(JSON.stringify(value, undefined, indent));

it.each([
  ["the caller's", { type: "session.input_audio.append", audio: sound }],
  ["the model's", { type: "session.output_audio.delta", delta: sound, start_ms: 1, end_ms: 2 }],
  ["after an id", { event_id: "event_1", type: "session.output_audio.delta", delta: sound }],
  ["with its type last", { audio: sound, type: "session.input_audio.append" }],
  ["with sorted names", { delta: sound, end_ms: 2, start_ms: 1, type: "session.output_audio.delta" }],
])("a copy of audio: %s", (_, event) => {
  expect(isAudioCopy(bytes(event))).toBe(true);
  expect(isAudioCopy(bytes(event, 2))).toBe(true);
});

const claim = '"type":"session.input_audio.append"';

it.each([
  ["a transcript", { type: "session.output_transcript.delta", event_id: "e", delta: "Hello" }],
  ["a transcript of such words", { delta: claim, type: "session.output_transcript.delta" }],
  ["a transcript that ends with them", { type: "session.output_transcript.delta", delta: `${claim}}` }],
  ["what holds one", { type: "response.event", event: { type: "session.output_audio.delta" } }],
  ["what ends with one", { x: 1, event: { type: "session.output_audio.delta" } }],
  ["an end", { event_id: "e", type: "session.closed", usage: { seconds: 1 } }],
  ["nothing", {}],
])("no copy of audio: %s", (_, event) => {
  expect(isAudioCopy(bytes(event))).toBe(false);
});

it("a part of an answer, but not its whole", () => {
  const told = (type: string, more = {}) =>
    bytes({ type: "response.event", event_id: "e", delegation_id: "d", event: { type, ...more } });
  expect(isDelta(told("response.function_call_arguments.delta"))).toBe(true);
  expect(isDelta(told("response.output_text.delta"))).toBe(true);
  const argument = '"event":{"type":"response.output_text.delta"}';
  expect(isDelta(told("response.output_item.done", { item: { arguments: argument } }))).toBe(false);
  expect(isDelta(told("response.completed"))).toBe(false);
  expect(isDelta(bytes({ type: "session.output_transcript.delta", delta: "a" }))).toBe(false);
});

it("looks at part of a larger buffer as the part alone", () => {
  const whole = Buffer.concat([bytes({ type: "error" }), bytes({ type: "session.input_audio.append" })]);
  expect(isAudioCopy(whole.subarray(bytes({ type: "error" }).length))).toBe(true);
  expect(isAudioCopy(whole.subarray(0, bytes({ type: "error" }).length))).toBe(false);
});

// Which events are never parsed, by their first bytes.
import { expect, it } from "vitest";
import { realtimeDialect } from "../../../../server/sessions/dialects/realtime-dialect.ts";

const ignored = (captions: boolean, text: string) =>
  realtimeDialect({ captions }).isIgnored(Buffer.from(text));

it.each([
  ['{"type":"response.output_audio.delta","delta":"AAAA"}', true, true],
  ['{"event_id":"event_1","type":"response.output_audio.delta","delta":"AAAA"}', true, true],
  ['{"type":"response.function_call_arguments.delta","delta":"{"}', true, true],
  ['{"type":"response.output_audio_transcript.delta","delta":"a"}', true, false],
  ['{"type":"conversation.item.input_audio_transcription.delta","delta":"a"}', true, false],
  ['{"type":"response.done","response":{}}', false, false],
  ['{"event_id":"x","other":"y","type":"response.output_audio.delta"}', false, false],
  ['{"delta":"x","type":"response.output_audio.delta"}', false, false],
  ['{"event_id":"', false, false],
  ['{"type":"', false, false],
  ["", false, false],
])("looks at the first bytes of %s", (text, withoutCaptions, withCaptions) => {
  expect([ignored(false, text), ignored(true, text)]).toEqual([withoutCaptions, withCaptions]);
});

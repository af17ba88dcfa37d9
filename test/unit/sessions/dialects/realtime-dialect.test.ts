// OpenAI's Realtime events as facts, in the words of its own examples.
import { expect, it } from "vitest";
import type { Fact } from "../../../../server/sessions/dialects/fact.ts";
import { realtimeDialect } from "../../../../server/sessions/dialects/realtime-dialect.ts";

const dialect = realtimeDialect({ captions: false });
const usage = { total_tokens: 253, input_tokens: 132, output_tokens: 121 };
const call = (id: string, more: object = {}) => ({
  ...{
    type: "function_call",
    status: "completed",
    call_id: id,
    name: "get_weather",
    arguments: '{"city":"Paris"}',
  },
  ...more,
});
const response = { object: "realtime.response", id: "resp_1", status: "completed", usage };

it.each<[string, object, Fact[]]>([
  ["what is not known", { type: "mcp_list_tools.completed", item_id: "x" }, []],
  ["a name that every object has", { type: "constructor" }, []],
  ["the account's limits, which are no activity", { type: "rate_limits.updated", rate_limits: [] }, []],
  ["speech", { type: "input_audio_buffer.speech_started", item_id: "i" }, [{ kind: "activity" }]],
  ["the model's voice", { type: "output_audio_buffer.started", response_id: "r" }, [{ kind: "activity" }]],
  [
    "a session that begins over a WebSocket",
    { type: "session.created", session: { instructions: "default", expires_at: 1_756_324_625 } },
    [{ kind: "expires", at: 1_756_324_625_000 }],
  ],
  [
    "a changed session",
    { type: "session.updated", session: { instructions: "other", expires_at: null } },
    [{ kind: "updated", session: { instructions: "other", expires_at: null } }],
  ],
  [
    "a response that begins",
    { type: "response.created", response: { id: "resp_1", usage: null } },
    [{ kind: "response-began", responseId: "resp_1", response: { id: "resp_1", usage: null } }],
  ],
  [
    "a response with its usage and its calls, of which one was cut off",
    {
      type: "response.done",
      response: {
        ...response,
        output: [{ type: "message" }, call("c1"), call("c2", { status: "incomplete" }), null],
      },
    },
    [
      { kind: "activity" },
      { kind: "usage", id: "resp_1", of: "response", usage, model: undefined },
      {
        ...{ kind: "response-ended", responseId: "resp_1" },
        calls: [{ callId: "c1", name: "get_weather", arguments: '{"city":"Paris"}' }],
      },
    ],
  ],
  [
    "a cancelled response without usage",
    { type: "response.done", response: { id: "resp_1", status: "cancelled", usage: null } },
    [{ kind: "activity" }, { kind: "response-ended", responseId: "resp_1", calls: [] }],
  ],
  [
    "a transcription",
    {
      type: "conversation.item.input_audio_transcription.completed",
      ...{ item_id: "item_1", content_index: 0 },
      ...{ transcript: "Hey, can you hear me?", usage: { type: "duration", seconds: 3 } },
    },
    [
      { kind: "activity" },
      {
        ...{ kind: "usage", id: "item_1:0", of: "transcription", model: undefined },
        usage: { type: "duration", seconds: 3 },
      },
      { kind: "said", by: "user", text: "Hey, can you hear me?", itemId: "item_1", isWhole: true },
    ],
  ],
  [
    "a part of a transcription",
    { type: "conversation.item.input_audio_transcription.delta", item_id: "item_1", delta: "Hey" },
    [{ kind: "said", by: "user", text: "Hey", itemId: "item_1", isWhole: false }],
  ],
  [
    "a part of what the model says",
    { type: "response.output_audio_transcript.delta", item_id: "item_2", delta: "Hel" },
    [{ kind: "said", by: "assistant", text: "Hel", itemId: "item_2", isWhole: false }],
  ],
  [
    "what the model said",
    { type: "response.output_audio_transcript.done", item_id: "item_2", transcript: "Hello." },
    [{ kind: "said", by: "assistant", text: "Hello.", itemId: "item_2", isWhole: true }],
  ],
  [
    "what the model wrote",
    { type: "response.output_text.done", item_id: "item_2", text: "Hello." },
    [{ kind: "said", by: "assistant", text: "Hello.", itemId: "item_2", isWhole: true }],
  ],
  [
    "what the user wrote",
    {
      type: "conversation.item.added",
      item: { id: "item_1", type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
    },
    [{ kind: "activity" }, { kind: "said", by: "user", text: "hi", itemId: "item_1", isWhole: true }],
  ],
  [
    "a message of the system's",
    { type: "conversation.item.added", item: { id: "item_1", type: "message", role: "system", content: [] } },
    [{ kind: "instructed", itemId: "item_1" }],
  ],
  [
    "a message of a role that is not known",
    { type: "conversation.item.added", item: { id: "item_1", type: "message", role: "developer" } },
    [{ kind: "instructed", itemId: "item_1" }],
  ],
  [
    "a tool's result",
    {
      type: "conversation.item.added",
      item: { id: "item_1", type: "function_call_output", call_id: "c1", output: "{}" },
    },
    [{ kind: "tool-answered", callId: "c1", itemId: "item_1" }],
  ],
  [
    "an error",
    { type: "error", error: { code: "invalid_value", message: "no", event_id: "own_1" } },
    [{ kind: "error", code: "invalid_value", message: "no", clientEventId: "own_1" }],
  ],
  [
    "the end of its time",
    { type: "error", error: { code: "session_expired", message: "60 minutes" } },
    [
      { kind: "error", code: "session_expired", message: "60 minutes", clientEventId: undefined },
      { kind: "over", reason: "expired", seconds: undefined },
    ],
  ],
])("reads %s", (_, event, facts) => {
  expect(dialect.read(event as Record<string, unknown>)).toEqual(facts);
});

it.each([
  { type: "session.updated", session: null },
  { type: "response.created", response: { id: 7 } },
  { type: "response.done", response: [] },
  { type: "conversation.item.added", item: "x" },
  {
    type: "conversation.item.added",
    item: { type: "message", role: "user", content: [null, { type: "input_text" }] },
  },
  { type: "error", error: "bad" },
  { type: "response.output_text.done" },
])("bears %o", (event) => {
  expect(() => dialect.read(event)).not.toThrow();
});

it("keeps no more calls of a response than it could ever answer", () => {
  const output = Array.from({ length: 500 }, (_, index) => call(`c${index}`));
  const facts = dialect.read({ type: "response.done", response: { ...response, output } });
  expect(facts.find((fact) => fact.kind === "response-ended")).toMatchObject({ calls: { length: 128 } });
});

it("says what the service wants done, with ids of its own", () => {
  expect(dialect.tell("Say good-bye.", "own1_")).toEqual([
    {
      ...{ type: "conversation.item.create", event_id: "own1_0" },
      item: {
        ...{ id: "own1_i0", type: "message", role: "system" },
        content: [{ type: "input_text", text: "Say good-bye." }],
      },
    },
  ]);
  expect(dialect.goOn("own2_")).toEqual({ type: "response.create", event_id: "own2_go" });
  const outputs = ["c1", "c2"].map((callId) => ({ callId, output: "{}" }));
  expect(dialect.answerCalls(outputs, "own3_").map(({ event_id: id, item }) => [id, item])).toEqual([
    ["own3_0", { id: "own3_o0", type: "function_call_output", call_id: "c1", output: "{}" }],
    ["own3_1", { id: "own3_o1", type: "function_call_output", call_id: "c2", output: "{}" }],
  ]);
  expect(dialect.cancel?.("r", "own4_")).toMatchObject({ type: "response.cancel", response_id: "r" });
  expect(dialect.remove?.("i", "own5_")).toMatchObject({ type: "conversation.item.delete", item_id: "i" });
  expect(dialect.close("own6_")).toBeUndefined();
});

it("puts back all that OpenAI lets change: neither the model nor the voice", () => {
  const session = {
    ...{ type: "realtime", model: "m", instructions: "Be brief." },
    audio: { input: { transcription: null }, output: { voice: "marin", speed: 1 } },
  };
  expect(dialect.restore(session, "own_")).toEqual({
    ...{ type: "session.update", event_id: "own_put" },
    session: {
      ...{ type: "realtime", instructions: "Be brief." },
      audio: { input: { transcription: null }, output: { speed: 1 } },
    },
  });
  expect(dialect.restore({ type: "realtime", audio: { output: { voice: "x" } } }, "o_")?.session).toEqual({
    ...{ type: "realtime", audio: {} },
  });
});

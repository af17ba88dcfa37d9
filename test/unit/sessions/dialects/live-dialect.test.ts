// GPT-Live's events, as OpenAI documents them, and what the service makes of them and answers.
import { expect, it } from "vitest";
import type { Fact } from "../../../../server/sessions/dialects/fact.ts";
import { createLiveDialect } from "../../../../server/sessions/dialects/live-dialect.ts";

const facts = (...events: Record<string, unknown>[]): Fact[] => {
  const dialect = createLiveDialect();
  return events.flatMap((event) => dialect.read(event));
};

const delegated = (event: Record<string, unknown>, delegation_id: string | null = "dlg_1") => ({
  type: "response.event",
  event_id: "e1",
  delegation_id,
  event,
});

const call = (call_id: string, name = "weather") =>
  delegated({
    type: "response.output_item.done",
    item: { type: "function_call", id: "fc_1", call_id, name, arguments: '{"city":"Paris"}' },
  });

const usage = {
  input_tokens: 812,
  input_tokens_details: { cached_tokens: 512, cache_write_tokens: 100 },
  output_tokens: 31,
  total_tokens: 843,
};

const completed = (id: string, more: Record<string, unknown> = {}, type = "response.completed") =>
  delegated({ type, response: { id, model: "gpt-6-luna", output: [], usage, ...more } });

const ofKind = <Kind extends Fact["kind"]>(kind: Kind, all: Fact[]) =>
  all.filter((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind);

it("hears what both sides say, as it comes", () => {
  const spoken = { event_id: "e4", delta: "What's the weather", start_ms: 1200, end_ms: 2000 };
  expect(facts({ type: "session.input_transcript.delta", ...spoken })).toEqual([
    { kind: "activity" },
    { kind: "said", by: "user", text: "What's the weather", itemId: undefined, isWhole: false },
  ]);
  expect(facts({ type: "session.output_transcript.delta", ...spoken })).toContainEqual(
    expect.objectContaining({ kind: "said", by: "assistant" }),
  );
});

it("knows when OpenAI ends the session, from its start or when it is changed", () => {
  for (const type of ["session.started", "session.updated"]) {
    expect(facts({ type, session: { id: "live_1", expires_at: 1795003600, status: "active" } })).toEqual([
      { kind: "expires", at: 1795003600000 },
    ]);
  }
  expect(facts({ type: "session.started", session: { id: "live_1" } })).toEqual([]);
});

it("takes voice time as OpenAI counts it, and believes no absurd count", () => {
  expect(facts({ type: "session.usage.updated", usage: { seconds: 61.2 } })).toEqual([
    { kind: "voice-time", seconds: 61.2 },
  ]);
  for (const seconds of [-1, 1e9, "61", null]) {
    expect(facts({ type: "session.usage.updated", usage: { seconds } })).toEqual([]);
  }
});

it.each([
  ["close_requested", "hung-up"],
  ["expired", "expired"],
  ["content", "closed-by-openai"],
  ["remote_hangup", "caller-left"],
  ["connection_lost", "caller-left"],
  ["something new", "closed-by-openai"],
])("says why OpenAI closed it: %s", (reason, ours) => {
  const closed = { type: "session.closed", reason, usage: { seconds: 93.4 } };
  expect(facts(closed)).toEqual([{ kind: "over", reason: ours, seconds: 93.4 }]);
});

it("gives all calls of a delegated answer when it has ended, although its end does not name them", () => {
  const all = facts(
    delegated({ type: "response.created", response: { id: "resp_1", tools: [], instructions: null } }),
    call("call_1"),
    call("call_2", "time"),
    call("call_1"),
    completed("resp_1"),
  );
  expect(ofKind("response-began", all)).toEqual([
    { kind: "response-began", responseId: "resp_1", response: {} },
  ]);
  expect(ofKind("response-ended", all)).toEqual([
    {
      kind: "response-ended",
      responseId: "resp_1",
      calls: [
        { callId: "call_1", name: "weather", arguments: '{"city":"Paris"}' },
        { callId: "call_2", name: "time", arguments: '{"city":"Paris"}' },
      ],
    },
  ]);
});

it("keeps the calls of two delegations apart, and of one answer from those of the next", () => {
  const other = { ...call("call_9"), delegation_id: "dlg_2" };
  const all = facts(call("call_1"), other, completed("resp_1"), completed("resp_2"));
  expect(ofKind("response-ended", all).map(({ calls }) => calls.map(({ callId }) => callId))).toEqual([
    ["call_1"],
    [],
  ]);
});

it("tells the usage of a delegated answer once, however it ended and however often it is told", () => {
  for (const type of ["response.completed", "response.incomplete", "response.failed"]) {
    const all = facts(completed("resp_1", { service_tier: "flex" }, type), completed("resp_1", {}, type));
    const used = { of: "backend", usage, model: "gpt-6-luna", serviceTier: "flex" };
    expect(ofKind("usage", all)).toEqual([{ kind: "usage", id: "resp_1", ...used }]);
  }
  expect(ofKind("usage", facts(completed("resp_1", { usage: null })))).toEqual([]);
});

it("counts the tokens of a decision", () => {
  const decision = { model: "gpt-6-luna", answers: [], usage };
  const event = { type: "decision.completed", decision };
  expect(facts({ type: "decision.event", event_id: "e9", event })).toEqual([
    { kind: "usage", id: "e9", of: "backend", usage, model: "gpt-6-luna" },
  ]);
});

it("says whose event an error is about", () => {
  const error = { type: "invalid_request_error", code: "immutable_field_update", message: "No." };
  const told = { kind: "error", code: "immutable_field_update", message: "No.", clientEventId: "c4" };
  expect(facts({ type: "error", event_id: "e12", client_event_id: "c4", error })).toEqual([told]);
  expect(facts({ type: "error", error: { ...error, client_event_id: "c4" } })).toEqual([told]);
  expect(facts({ type: "error", error: { code: null } })).toEqual([
    { kind: "error", code: undefined, message: "", clientEventId: undefined },
  ]);
});

it("makes nothing of events that are unknown or broken", () => {
  const broken = [
    {},
    { type: "session.new" },
    { type: "response.event", event: 7 },
    delegated({ type: "x" }),
  ];
  const calls = [delegated({ type: "response.output_item.done", item: { type: "web_search_call" } })];
  expect(facts(...broken, ...calls, { type: "decision.event", event: null })).toEqual([]);
});

it("bounds what one answer may ask for", () => {
  const many = Array.from({ length: 500 }, (_, index) => call(`call_${index}`));
  const [end] = ofKind("response-ended", facts(...many, completed("resp_1")));
  expect(end?.calls).toHaveLength(128);
});

it("tells the model in pieces that OpenAI takes, answers calls, and closes", () => {
  const dialect = createLiveDialect();
  expect(dialect.tell("Say good-bye.", "p-")).toEqual([
    {
      type: "session.instructions.append",
      event_id: "p-0",
      content: "Say good-bye.",
      delegation_id: null,
    },
  ]);
  const pieces = dialect.tell("語".repeat(1000), "p-");
  expect(pieces.map(({ content }) => String(content).length)).toEqual([450, 450, 100]);
  expect(new Set(pieces.map(({ event_id: id }) => id)).size).toBe(3);
  const outputs = [
    { callId: "call_1", output: "18" },
    { callId: "call_2", output: "late" },
  ];
  expect(dialect.answerCalls(outputs, "p-")).toEqual([
    {
      type: "response.item.create",
      event_id: "p-0",
      item: { type: "function_call_output", call_id: "call_1", output: "18" },
    },
    expect.objectContaining({ event_id: "p-1" }),
  ]);
  expect(dialect.goOn("p-")).toEqual({ type: "response.create", event_id: "p-go-on" });
  expect(dialect.close("p-")).toEqual({ type: "session.close", event_id: "p-close" });
  expect(dialect.restore({}, "p-")).toBeUndefined();
});

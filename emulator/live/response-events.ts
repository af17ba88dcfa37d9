// The events of one response of the model behind the voice, as `response.event` carries them, and its usage.
import { textTokens } from "../conversation/usage.ts";
import type { BackendUsage } from "./session-meter.ts";
import type { ResponsesDelegation } from "./session-schema.ts";

export interface Call {
  name: string;
  arguments: string;
}

/** What a response does: it calls functions, writes a text for the voice, or fails. */
export type Outcome = { calls: readonly Call[] } | { text: string } | { fails: string };

interface Made {
  id: string;
  /** Unix seconds. */
  created: number;
  responses: ResponsesDelegation;
  outcome: Outcome;
  usage: BackendUsage | null;
  randomId(prefix: string): string;
}

type NestedEvent = { type: string; sequence_number: number } & Record<string, unknown>;
type Unnumbered = { type: string } & Record<string, unknown>;

/** In the order in which they are sent, the usage with the last, and the ids of the calls in them. */
export const responseEvents = (made: Made): { events: NestedEvent[]; callIds: string[] } => {
  const { outcome, usage } = made;
  const begun = describe(made, "in_progress", null);
  const items = itemsOf(made);
  const last: Unnumbered =
    "fails" in outcome
      ? {
          type: "response.failed",
          response: {
            ...describe(made, "failed", null),
            error: { code: outcome.fails, message: `The response failed: ${outcome.fails}.` },
          },
        }
      : { type: "response.completed", response: describe(made, "completed", usage) };
  const events: Unnumbered[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...items.flatMap(itemEvents),
    last,
  ];
  return {
    events: events.map((event, index) => ({ ...event, sequence_number: index })),
    callIds: items.flatMap(({ call_id }) => (call_id === undefined ? [] : [call_id])),
  };
};

interface OutputItem {
  id: string;
  type: string;
  status: string;
  call_id?: string;
  arguments?: string;
  content?: { type: string; text: string; annotations: [] }[];
}

const itemsOf = ({ outcome, randomId }: Made): (OutputItem & Record<string, unknown>)[] => {
  if ("fails" in outcome) return [];
  if ("text" in outcome) {
    const content = [{ type: "output_text", text: outcome.text, annotations: [] as [] }];
    return [{ id: randomId("msg"), type: "message", status: "completed", role: "assistant", content }];
  }
  return outcome.calls.map((call) => ({
    id: randomId("fc"),
    type: "function_call",
    status: "completed",
    call_id: randomId("call"),
    name: call.name,
    arguments: call.arguments,
  }));
};

const itemEvents = (item: OutputItem, index: number): Unnumbered[] => {
  const at = { item_id: item.id, output_index: index };
  const text = item.content?.[0]?.text;
  const empty = text === undefined ? { arguments: "" } : { content: [] };
  const written =
    text === undefined
      ? [
          { type: "response.function_call_arguments.delta", ...at, delta: item.arguments },
          { type: "response.function_call_arguments.done", ...at, arguments: item.arguments },
        ]
      : [
          { type: "response.output_text.delta", ...at, content_index: 0, delta: text, logprobs: [] },
          { type: "response.output_text.done", ...at, content_index: 0, text, logprobs: [] },
        ];
  return [
    {
      type: "response.output_item.added",
      output_index: index,
      item: { ...item, status: "in_progress", ...empty },
    },
    ...written,
    { type: "response.output_item.done", output_index: index, item },
  ];
};

// A session leaves out of its lifecycle events what was said and what the response may do.
const describe = ({ id, created, responses }: Made, status: string, usage: BackendUsage | null) => ({
  id,
  object: "response",
  created_at: created,
  status,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: responses.max_output_tokens ?? null,
  model: responses.model,
  output: [],
  parallel_tool_calls: responses.parallel_tool_calls ?? true,
  tool_choice: responses.tool_choice ?? "auto",
  tools: [],
  usage,
});

const CACHE_BLOCK = 64;
const REASONING_TOKENS = 48;

/** Four characters are a token; what stays the same from response to response is cached after the first. */
export const backendUsage = (
  responses: ResponsesDelegation,
  outcome: Outcome,
  contextTokens: number,
  earlierResponses: number,
): BackendUsage => {
  const fixed = textTokens((responses.instructions ?? "") + JSON.stringify(responses.tools ?? []));
  const cacheable = Math.floor(fixed / CACHE_BLOCK) * CACHE_BLOCK;
  const input = fixed + contextTokens;
  const thinks = (responses.reasoning?.effort ?? "none") !== "none";
  const reasoning = thinks ? REASONING_TOKENS : 0;
  const output = reasoning + textTokens(writtenIn(outcome));
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: earlierResponses > 0 ? cacheable : 0,
      cache_write_tokens: earlierResponses > 0 ? 0 : cacheable,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
};

const writtenIn = (outcome: Outcome): string => {
  if ("fails" in outcome) return "";
  if ("text" in outcome) return outcome.text;
  return outcome.calls.map((call) => call.name + call.arguments).join("");
};

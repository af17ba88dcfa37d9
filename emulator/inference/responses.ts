// The answers of POST /v1/responses, whole and streamed.
import { type Ask, type Said, textOf } from "./conversation.ts";
import { piecesOf, type Reply } from "./reply.ts";
import type { ResponsesRequest } from "./responses-request.ts";

export interface Made {
  id: string;
  randomId(prefix: string): string;
  /** Unix seconds. */
  created: number;
}

type OutputItem = { id: string; type: string; status: string } & Record<string, unknown>;
type Event = { type: string } & Record<string, unknown>;

/** The items of the response, complete. */
export const outputOf = ({ text, refusal, calls, cut }: Reply, { randomId }: Made): OutputItem[] => [
  ...(text === undefined && refusal === undefined
    ? []
    : [
        {
          id: randomId("msg"),
          type: "message",
          status: cut ? "incomplete" : "completed",
          role: "assistant",
          content: [partOf(text, refusal)],
        },
      ]),
  ...calls.map((call) => ({
    id: randomId("fc"),
    type: "function_call",
    status: "completed",
    call_id: randomId("call"),
    name: call.name,
    arguments: call.arguments,
  })),
];

/** What each of the items says, by its id. */
export const saidIn = (output: readonly OutputItem[]): Map<string, Said[]> =>
  new Map(
    output.map((item): [string, Said[]] => [
      item.id,
      item.type === "message"
        ? [{ by: "assistant", text: textOf(item.content) }]
        : [{ by: "call", id: String(item.call_id), text: `${item.name}${item.arguments}` }],
    ]),
  );

/** The response body. */
export const responseBody = (
  request: ResponsesRequest,
  output: readonly OutputItem[],
  reply: Reply,
  made: Made,
): object => ({
  ...describe(request, made),
  status: reply.cut ? "incomplete" : "completed",
  incomplete_details: reply.cut ? { reason: "max_output_tokens" } : null,
  completed_at: made.created,
  output,
  usage: usageOf(reply),
});

/** The same as events, in the order in which they are sent. */
export const responseEvents = (
  request: ResponsesRequest,
  ask: Ask,
  output: readonly OutputItem[],
  reply: Reply,
  made: Made,
): Event[] => {
  const begun = { ...describe(request, made), status: "in_progress", output: [], usage: null };
  const isJson = ask.format.type !== "text";
  const events: Event[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...output.flatMap((item, index) =>
      item.type === "message" ? messageEvents(item, index, reply, isJson) : callEvents(item, index),
    ),
    {
      type: reply.cut ? "response.incomplete" : "response.completed",
      response: responseBody(request, output, reply, made),
    },
  ];
  return events.map((event, index) => ({ ...event, sequence_number: index }));
};

const messageEvents = (
  item: OutputItem,
  index: number,
  { text, refusal }: Reply,
  isJson: boolean,
): Event[] => {
  const at = { item_id: item.id, output_index: index, content_index: 0 };
  const empty = text === undefined ? partOf(undefined, "") : partOf("", undefined);
  const words: Event[] =
    text === undefined
      ? [
          ...piecesOf(refusal ?? "", false).map((delta) => ({
            type: "response.refusal.delta",
            ...at,
            delta,
          })),
          { type: "response.refusal.done", ...at, refusal },
        ]
      : [
          ...piecesOf(text, isJson).map((delta) => ({
            type: "response.output_text.delta",
            ...at,
            delta,
            logprobs: [],
          })),
          { type: "response.output_text.done", ...at, text, logprobs: [] },
        ];
  return [
    {
      type: "response.output_item.added",
      output_index: index,
      item: { ...item, status: "in_progress", content: [] },
    },
    { type: "response.content_part.added", ...at, part: empty },
    ...words,
    { type: "response.content_part.done", ...at, part: partOf(text, refusal) },
    { type: "response.output_item.done", output_index: index, item },
  ];
};

const callEvents = (item: OutputItem, index: number): Event[] => {
  const at = { item_id: item.id, output_index: index };
  const args = String(item.arguments);
  return [
    {
      type: "response.output_item.added",
      output_index: index,
      item: { ...item, status: "in_progress", arguments: "" },
    },
    ...piecesOf(args, true).map((delta) => ({
      type: "response.function_call_arguments.delta",
      ...at,
      delta,
    })),
    { type: "response.function_call_arguments.done", ...at, name: item.name, arguments: args },
    { type: "response.output_item.done", output_index: index, item },
  ];
};

const partOf = (text: string | undefined, refusal: string | undefined): object =>
  text === undefined
    ? { type: "refusal", refusal }
    : { type: "output_text", text, annotations: [], logprobs: [] };

// What the response repeats of its request, with OpenAI's defaults.
const describe = (request: ResponsesRequest, { id, created }: Made) => ({
  id,
  object: "response",
  created_at: created,
  background: false,
  error: null,
  incomplete_details: null,
  instructions: request.instructions ?? null,
  max_output_tokens: request.max_output_tokens ?? null,
  metadata: request.metadata ?? {},
  model: request.model,
  parallel_tool_calls: request.parallel_tool_calls ?? true,
  previous_response_id: request.previous_response_id ?? null,
  reasoning: { effort: null, summary: null },
  service_tier: "default",
  store: request.store ?? true,
  temperature: 1,
  text: { format: request.text?.format ?? { type: "text" } },
  tool_choice: request.tool_choice ?? "auto",
  tools: request.tools ?? [],
  top_p: 1,
  truncation: "disabled",
});

const usageOf = ({ inputTokens, outputTokens }: Reply): object => ({
  input_tokens: inputTokens,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: outputTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: inputTokens + outputTokens,
});

// POST /v1/responses, whole and streamed.
import { z } from "zod";
import { type Reply, replyTo, textOf } from "./reply.ts";

export const responsesRequest = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.looseObject({ content: z.unknown() }))]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
});

export type ResponsesRequest = z.output<typeof responsesRequest>;

interface Made {
  id: string;
  messageId: string;
  /** Unix seconds. */
  created: number;
}

/** The response body. */
export const response = (request: ResponsesRequest, made: Made): object => {
  const reply = replyOf(request);
  return responseObject(request, made, "completed", [messageOf(made, "completed", reply.text)], reply);
};

/** The same as events, in the order in which they are sent. */
export const responseEvents = (request: ResponsesRequest, made: Made): { type: string }[] => {
  const reply = replyOf(request);
  const begun = responseObject(request, made, "in_progress", [], undefined);
  const at = { item_id: made.messageId, output_index: 0, content_index: 0 };
  const done = messageOf(made, "completed", reply.text);
  const events = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    { type: "response.output_item.added", output_index: 0, item: messageOf(made, "in_progress") },
    { type: "response.content_part.added", ...at, part: partOf("") },
    ...reply.pieces.map((delta) => ({ type: "response.output_text.delta", ...at, delta, logprobs: [] })),
    { type: "response.output_text.done", ...at, text: reply.text, logprobs: [] },
    { type: "response.content_part.done", ...at, part: partOf(reply.text) },
    { type: "response.output_item.done", output_index: 0, item: done },
    { type: "response.completed", response: responseObject(request, made, "completed", [done], reply) },
  ];
  return events.map((event, index) => ({ ...event, sequence_number: index }));
};

const replyOf = ({ input }: ResponsesRequest): Reply =>
  replyTo(typeof input === "string" ? [input] : input.map(({ content }) => textOf(content)));

const partOf = (text: string): object => ({ type: "output_text", text, annotations: [], logprobs: [] });

const messageOf = ({ messageId }: Made, status: string, text?: string): object => ({
  id: messageId,
  type: "message",
  status,
  role: "assistant",
  content: text === undefined ? [] : [partOf(text)],
});

const responseObject = (
  { model, instructions }: ResponsesRequest,
  { id, created }: Made,
  status: string,
  output: object[],
  reply: Reply | undefined,
): object => ({
  id,
  object: "response",
  created_at: created,
  status,
  error: null,
  incomplete_details: null,
  instructions: instructions ?? null,
  model,
  output,
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  metadata: {},
  usage: reply ? usageOf(reply) : null,
});

const usageOf = ({ inputTokens, outputTokens }: Reply): object => ({
  input_tokens: inputTokens,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: outputTokens,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: inputTokens + outputTokens,
});

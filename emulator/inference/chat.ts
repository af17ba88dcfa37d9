// The answers of POST /v1/chat/completions, whole and streamed.
import type { ChatRequest } from "./chat-request.ts";
import type { Ask } from "./conversation.ts";
import { piecesOf, type Reply } from "./reply.ts";

interface Made {
  id: string;
  callIds: readonly string[];
  /** Unix seconds. */
  created: number;
}

/** The response body. */
export const chatCompletion = (request: ChatRequest, ask: Ask, reply: Reply, made: Made): object => {
  const calls = reply.calls.map((call, index) => ({
    id: made.callIds[index],
    type: "function",
    function: call,
  }));
  const message = {
    role: "assistant",
    content: reply.text ?? null,
    refusal: reply.refusal ?? null,
    annotations: [],
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    ...headOf(request, made, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(ask, reply) }],
    usage: usageOf(reply),
  };
};

/** The same as events: the role, the content piece by piece, the end, and the usage where requested. */
export const chatChunks = (request: ChatRequest, ask: Ask, reply: Reply, made: Made): object[] => {
  const wantsUsage = request.stream_options?.include_usage === true;
  const head = headOf(request, made, "chat.completion.chunk");
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(wantsUsage && { usage: null }),
  });
  const isJson = ask.format.type !== "text";
  return [
    chunk({ role: "assistant", content: reply.text === undefined ? null : "", refusal: null }),
    ...(reply.text === undefined ? [] : piecesOf(reply.text, isJson).map((content) => chunk({ content }))),
    ...(reply.refusal === undefined
      ? []
      : piecesOf(reply.refusal, false).map((refusal) => chunk({ refusal }))),
    ...reply.calls.flatMap((call, index) =>
      callChunks(call, index, made.callIds[index]).map((delta) => chunk(delta)),
    ),
    chunk({}, finishOf(ask, reply)),
    ...(wantsUsage ? [{ ...head, choices: [], usage: usageOf(reply) }] : []),
  ];
};

const callChunks = (call: Reply["calls"][number], index: number, id: string | undefined): object[] => [
  { tool_calls: [{ index, id, type: "function", function: { name: call.name, arguments: "" } }] },
  ...piecesOf(call.arguments, true).map((piece) => ({
    tool_calls: [{ index, function: { arguments: piece } }],
  })),
];

// A call that the request named itself ends in "stop".
const finishOf = ({ toolChoice }: Ask, { calls, cut }: Reply): string => {
  if (cut) return "length";
  return calls.length > 0 && toolChoice.mode !== "named" ? "tool_calls" : "stop";
};

const headOf = ({ model }: ChatRequest, { id, created }: Made, object: string) => ({
  id,
  object,
  created,
  model,
  service_tier: "default",
  system_fingerprint: null,
});

const usageOf = ({ inputTokens, outputTokens }: Reply): object => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});

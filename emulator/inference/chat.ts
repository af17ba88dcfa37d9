// POST /v1/chat/completions, whole and streamed.
import { z } from "zod";
import { type Reply, replyTo, textOf } from "./reply.ts";

export const chatRequest = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
});

export type ChatRequest = z.output<typeof chatRequest>;

interface Made {
  id: string;
  /** Unix seconds. */
  created: number;
}

/** The response body. */
export const chatCompletion = (request: ChatRequest, made: Made): object => {
  const reply = replyOf(request);
  const message = { role: "assistant", content: reply.text, refusal: null, annotations: [] };
  return {
    ...headOf(request, made, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage: usageOf(reply),
  };
};

/** The same as events: the role, the words one by one, the end, and the usage where requested. */
export const chatChunks = (request: ChatRequest, made: Made): object[] => {
  const reply = replyOf(request);
  const wantsUsage = request.stream_options?.include_usage === true;
  const chunk = (delta: object, finish: string | null): object => ({
    ...headOf(request, made, "chat.completion.chunk"),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(wantsUsage && { usage: null }),
  });
  return [
    chunk({ role: "assistant", content: "", refusal: null }, null),
    ...reply.pieces.map((content) => chunk({ content }, null)),
    chunk({}, "stop"),
    ...(wantsUsage
      ? [{ ...headOf(request, made, "chat.completion.chunk"), choices: [], usage: usageOf(reply) }]
      : []),
  ];
};

const replyOf = ({ messages }: ChatRequest): Reply => replyTo(messages.map(({ content }) => textOf(content)));

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
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
});

// A chat completion of realistic size: the request, and OpenAI's answer, whole and streamed.

const chatRequest = {
  model: "gpt-5-mini",
  temperature: 0.7,
  messages: [
    {
      role: "system",
      content:
        "You are the assistant of a sailing school on the North Sea coast. Answer in one or two short sentences, in plain words, without lists. If a question is about safety, say whom to ask at the harbour, and never guess about the wind, the weather, the tide or the depth of the water.",
    },
    {
      role: "user",
      content:
        "We are four beginners and would like to go out on Saturday afternoon. Is a small dinghy all right for us, and what should we wear if it stays as cold as it was this week?",
    },
  ],
};

/** The body of a request whose answer comes whole. */
export const plainRequest = JSON.stringify(chatRequest);

/** The body of a request whose answer is streamed. */
export const streamedRequest = JSON.stringify({
  ...chatRequest,
  stream: true,
  stream_options: { include_usage: true },
});

/** Whether a request body, as `JSON.stringify` writes it, asks for a stream. */
export const asksForStream = (body: Buffer): boolean => body.includes('"stream":true');

const words =
  "Yes, two small dinghies with one of our instructors are fine; wear wool, a windproof jacket and dry shoes.".split(
    /(?= )/,
  );

const head = { id: "chatcmpl-C9CiUVUzUzYIssh3ELY1dQbPzX0aB", created: 1_795_000_000 };
const tail = { model: "gpt-5-mini-2025-08-07", service_tier: "default", system_fingerprint: "fp_5f0c5a6e1b" };
const usage = {
  prompt_tokens: 114,
  completion_tokens: 27,
  total_tokens: 141,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};
const message = { role: "assistant", content: words.join(""), refusal: null, annotations: [] };

/** The answer, whole. */
export const completion = Buffer.from(
  JSON.stringify({
    ...head,
    object: "chat.completion",
    ...tail,
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage,
  }),
);

const chunk = (part: object): string =>
  `data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", ...tail, usage: null, ...part })}\n\n`;
const delta = (delta: object, reason: "stop" | null = null): string =>
  chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] });
const events = [
  delta({ role: "assistant", content: "", refusal: null }),
  ...words.map((content) => delta({ content })),
  delta({}, "stop"),
  chunk({ choices: [], usage }),
];

/** The last event of a stream. */
export const STREAM_END = "data: [DONE]\n\n";

const EVENTS_PER_WRITE = 6;

/** The answer as a stream: one buffer per write. */
export const completionStream = Array.from(
  { length: Math.ceil(events.length / EVENTS_PER_WRITE) },
  (_, index) => events.slice(index * EVENTS_PER_WRITE, (index + 1) * EVENTS_PER_WRITE).join(""),
).map((text, index, writes) => Buffer.from(index === writes.length - 1 ? text + STREAM_END : text));

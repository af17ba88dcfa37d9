// What a voice session says to a sideband, one event for each step of a turn of 200 steps: of OpenAI's members, order and sizes.

/** At 20 events a second a turn takes ten seconds. */
export const TURN_STEPS = 200;
/** Every fourth turn asks for a tool that the service runs. */
const TURNS_TO_A_CALL = 4;
/** After so many it repeats itself. */
export const CONVERSATION_STEPS = TURN_STEPS * TURNS_TO_A_CALL;
/** Audio copies have no id and no turn: what they hold is never looked at. PCM of 16 bits at 24 kHz, 100 ms of it, as base64. */
const AUDIO = "0123456789abcdef".repeat(400);

/** A WebSocket's text frame as servers send it (RFC 6455, unmasked), ready to be written. */
const frameOf = (event: object): Buffer => {
  const text = Buffer.from(JSON.stringify(event));
  const head = text.length < 126 ? Buffer.from([0x81, text.length]) : Buffer.from([0x81, 126, 0, 0]);
  if (head.length > 2) head.writeUInt16BE(text.length, 2);
  return Buffer.concat([head, text]);
};

export interface Step {
  frame: Buffer;
  /** The call that the service is to answer. */
  callId?: string;
}

interface Turn {
  /** The session's number and the turn's: they make ids unique. */
  id: string;
  turn: number;
}

type Event = (turn: Turn) => object;

const said = "I will look that up for you right away, and tell you what I have found.";
const shared = (event: object): Step => ({
  frame: frameOf({ event_id: "event_C9G8pjSJCfRNEhMEn", ...event }),
});

const userDelta = shared({
  type: "conversation.item.input_audio_transcription.delta",
  ...{ item_id: "item_C9G8pGVKYnaZu8PH5YQ9O", content_index: 0, delta: " look", obfuscation: "aYl2F7nT" },
});
const modelDelta = shared({
  type: "response.output_audio_transcript.delta",
  ...{ response_id: "resp_C9G8p7IH2WxLbkgPNouYL", item_id: "item_C9G8pGVKYnaZu8PH5YQ9O" },
  ...{ output_index: 0, content_index: 0, delta: " away", obfuscation: "Qw8kV3zR1p" },
});

const userItem = (id: string) => ({
  ...{ id: `item_u${id}`, object: "realtime.item", type: "message", status: "completed", role: "user" },
  content: [{ type: "input_audio", transcript: null }],
});
const modelItem = (id: string, status: string) => ({
  ...{ id: `item_a${id}`, object: "realtime.item", type: "message", status, role: "assistant" },
  content: status === "completed" ? [{ type: "output_audio", transcript: said }] : [],
});
const callItem = (id: string) => ({
  ...{ id: `item_f${id}`, object: "realtime.item", type: "function_call", status: "completed" },
  ...{ call_id: `call_${id}`, name: "current_time", arguments: '{"time_zone":"Europe/Vienna"}' },
});
const usage = {
  ...{ total_tokens: 1253, input_tokens: 1132, output_tokens: 121 },
  input_token_details: {
    ...{ text_tokens: 419, audio_tokens: 713, image_tokens: 0, cached_tokens: 640 },
    cached_tokens_details: { text_tokens: 384, audio_tokens: 256, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 91 },
};
const response = (id: string, status: string, rest: object) => ({
  ...{ object: "realtime.response", id: `resp_${id}`, status, status_details: null, output: [] },
  ...{ conversation_id: "conv_C9G8nG1j1", output_modalities: ["audio"], max_output_tokens: "inf" },
  audio: { output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin" } },
  ...{ usage: null, metadata: null, ...rest },
});
const asksForCall = ({ turn }: Turn): boolean => turn % TURNS_TO_A_CALL === 1;
const part = { type: "audio", transcript: said };
const rateLimit = (name: string) => ({ name, limit: 150_000, remaining: 149_000, reset_seconds: 0.4 });
const place = ({ id }: Turn) => ({ response_id: `resp_${id}`, item_id: `item_a${id}`, output_index: 0 });

/** By the step at which they are sent; at the others, a part of what the user or the model says. */
const realtimeEvents: Readonly<Record<number, Event>> = {
  0: ({ id }) => ({ type: "input_audio_buffer.speech_started", audio_start_ms: 1, item_id: `item_u${id}` }),
  40: ({ id }) => ({ type: "input_audio_buffer.speech_stopped", audio_end_ms: 9, item_id: `item_u${id}` }),
  41: ({ id }) => ({ type: "input_audio_buffer.committed", previous_item_id: null, item_id: `item_u${id}` }),
  42: ({ id }) => ({ type: "conversation.item.added", previous_item_id: null, item: userItem(id) }),
  43: ({ id }) => ({ type: "conversation.item.done", previous_item_id: null, item: userItem(id) }),
  44: ({ id }) => ({
    type: "conversation.item.input_audio_transcription.completed",
    ...{ item_id: `item_u${id}`, content_index: 0, transcript: "Where is my order?" },
    usage: { type: "tokens", total_tokens: 26, input_tokens: 19, output_tokens: 7 },
  }),
  45: ({ id }) => ({ type: "response.created", response: response(id, "in_progress", {}) }),
  46: (at) => ({ type: "response.output_item.added", ...place(at), item: modelItem(at.id, "in_progress") }),
  47: ({ id }) => ({ type: "conversation.item.added", item: modelItem(id, "in_progress") }),
  48: (at) => ({ type: "response.content_part.added", ...place(at), content_index: 0, part }),
  49: ({ id }) => ({ type: "output_audio_buffer.started", response_id: `resp_${id}` }),
  192: (at) => ({ type: "response.output_audio.done", ...place(at), content_index: 0 }),
  193: (at) => ({
    ...{ type: "response.output_audio_transcript.done", ...place(at), content_index: 0, transcript: said },
  }),
  194: (at) => ({ type: "response.content_part.done", ...place(at), content_index: 0, part }),
  195: ({ id }) => ({ type: "conversation.item.done", item: modelItem(id, "completed") }),
  196: (at) => ({ type: "response.output_item.done", ...place(at), item: modelItem(at.id, "completed") }),
  197: (at) => {
    const output = [modelItem(at.id, "completed"), ...(asksForCall(at) ? [callItem(at.id)] : [])];
    return { type: "response.done", response: response(at.id, "completed", { output, usage }) };
  },
  198: () => ({ type: "rate_limits.updated", rate_limits: [rateLimit("requests"), rateLimit("tokens")] }),
  199: ({ id }) => ({ type: "output_audio_buffer.stopped", response_id: `resp_${id}` }),
};
const RESPONSE_DONE = 197;

export const realtimeStep = (at: Turn, step: number): Step => {
  const event = realtimeEvents[step];
  if (!event) return step < 45 ? userDelta : modelDelta;
  const built = event(at);
  const { type } = built as { type?: string };
  // OpenAI writes the type first.
  const frame = frameOf({ type, event_id: `event_${at.id}s${step}`, ...built });
  return step === RESPONSE_DONE && asksForCall(at) ? { frame, callId: `call_${at.id}` } : { frame };
};

const heard: Step = { frame: frameOf({ type: "session.input_audio.append", audio: AUDIO }) };
const spoken: Step = {
  frame: frameOf({ type: "session.output_audio.delta", delta: AUDIO, start_ms: 100, end_ms: 200 }),
};
const liveTranscript = (type: string): Step => shared({ type, delta: " look", start_ms: 1200, end_ms: 1300 });
const inputDelta = liveTranscript("session.input_transcript.delta");
const outputDelta = liveTranscript("session.output_transcript.delta");
const backendUsage = {
  ...{ input_tokens: 812, output_tokens: 31, total_tokens: 843 },
  input_tokens_details: { cached_tokens: 512, cache_write_tokens: 0 },
  output_tokens_details: { reasoning_tokens: 0 },
};
const delegated = (id: string, event: object) => ({
  ...{ type: "response.event", delegation_id: `dlg_${id}`, event },
});

const liveEvents: Readonly<Record<number, Event>> = {
  60: ({ id }) => ({
    ...{ type: "session.delegation.created", offset_ms: 2950 },
    delegation: { type: "delegation", id: `dlg_${id}`, target: "responses", response_id: `resp_${id}` },
  }),
  61: ({ id }) =>
    delegated(id, { type: "response.created", response: { id: `resp_${id}`, status: "in_progress" } }),
  100: ({ id }) =>
    delegated(id, {
      type: "response.completed",
      response: {
        id: `resp_${id}`,
        status: "completed",
        model: "gpt-6-luna",
        output: [],
        usage: backendUsage,
      },
    }),
  // Cumulative: OpenAI tells about once a minute, and here each turn does.
  199: ({ turn }) => ({ type: "session.usage.updated", usage: { seconds: 15 + turn * 10 } }),
};

/** Audio copies both ways, ten a second each; every tenth step something else. */
export const liveStep = (at: Turn, step: number): Step => {
  const event = liveEvents[step];
  if (event) return { frame: frameOf({ event_id: `event_${at.id}s${step}`, ...event(at) }) };
  if (step % 10 === 9) return step < 100 ? inputDelta : outputDelta;
  return step % 2 === 0 ? heard : spoken;
};

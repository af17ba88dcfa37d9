// Creating GPT-Live's sessions: what is taken, what is refused, and an answer that breaks.
import OpenAI from "openai";
import type { MediaSessionConfig } from "openai/resources/live/live";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { answerFaults } from "./live-check.ts";
import { attach, control, fault, startSession } from "./live-client.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

const withoutMedia =
  "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=emulator-without-media\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n";
const transport = { type: "webrtc", sdp: withoutMedia };
const session = { model: "gpt-live-1" };

const post = (body: object, key = "sk-test"): Promise<Response> =>
  fetch(`${emulator.baseUrl}/live/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const refusal = async (response: Response) => {
  const { error } = (await response.json()) as { error: { code: string | null; param: string | null } };
  return [response.status, error.code, error.param];
};

describe("creating a session", () => {
  test("answers the id and an SDP answer, by the package's own call, too", async () => {
    const answer = await post({ session, transport });
    expect(answer.status).toBe(201);
    const body = await answer.json();
    expect(answerFaults(body)).toEqual([]);
    expect(body).toMatchObject({ session: { id: expect.stringMatching(/^live_\w+$/) } });
    const client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
    const made = await client.live.create({ session, transport: { type: "webrtc", sdp: withoutMedia } });
    expect(made.transport.sdp).toContain("m=audio");
  });

  test.each([
    [
      "a field that is unknown",
      { session: { ...session, tools: [] }, transport },
      [400, "unknown_parameter", "session.tools"],
    ],
    [
      "a field beside the session",
      { session, transport, stream: true },
      [400, "unknown_parameter", "stream"],
    ],
    [
      "a format with WebRTC",
      { session: { ...session, audio: { format: {} } }, transport },
      [400, "unknown_parameter", "session.audio.format"],
    ],
    ["no model", { session: {}, transport }, [400, "missing_required_parameter", "session.model"]],
    [
      "a model of another kind",
      { session: { model: "gpt-realtime-2" }, transport },
      [404, "model_not_found", "session.model"],
    ],
    [
      "an empty offer",
      { session, transport: { type: "webrtc", sdp: "" } },
      [400, "invalid_value", "transport.sdp"],
    ],
    [
      "an offer without audio",
      { session, transport: { type: "webrtc", sdp: "v=0" } },
      [400, "invalid_offer", "transport.sdp"],
    ],
    [
      "a selector of responses that names none",
      {
        session: {
          ...session,
          client: { data_channel: { allowed_server_events: [{ type: "response.event" }] } },
        },
        transport,
      },
      [400, "invalid_value", "session.client.data_channel.allowed_server_events[0]"],
    ],
  ])("refuses %s", async (_, body, expected) => {
    expect(await refusal(await post(body))).toEqual(expected);
  });

  test("refuses ephemeral keys, as only a server may create one", async () => {
    const client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test" });
    const { value } = await client.realtime.clientSecrets.create({});
    const answer = await post({ session, transport }, value);
    expect((await refusal(answer))[0]).toBe(401);
  });

  test("may break after the session exists, which is billed all the same", async () => {
    await fault(emulator, { path: "/v1/live/sessions", method: "POST", lose_answer: true });
    await expect(post({ session, transport })).rejects.toThrow();
    const { sessions } = (await (await control(emulator, "GET", "/sessions")).json()) as {
      sessions: object[];
    };
    expect(sessions).toMatchObject([{ open: true, seconds_billed: 15 }]);
  });
});

// Every field of OpenAI's types, checked by the compiler.
const whole: Required<MediaSessionConfig> = {
  model: "gpt-live-1",
  instructions: null,
  audio: { output: { voice: { id: "voice_1" } } },
  client: { data_channel: { allowed_client_events: "all", allowed_server_events: [{ type: "info" }] } },
  delegation: {
    type: "responses",
    acknowledgement_delay_ms: 500,
    responses: {
      model: "gpt-5.6-luna",
      instructions: "Look it up.",
      max_output_tokens: 16,
      parallel_tool_calls: false,
      reasoning: { effort: "low", summary: "auto" },
      service_tier: "flex",
      text: { verbosity: "low" },
      tool_choice: { type: "function", name: "get_time" },
      tools: [{ type: "function", name: "get_time", parameters: null, strict: true }, { type: "web_search" }],
    },
  },
  input: [
    { role: "user", content: [{ type: "input_text", text: "Hi" }] },
    { role: "assistant", type: "message", status: "completed", content: [{ type: "text", text: "Hello" }] },
  ],
  store: true,
  triggers: [
    {
      type: "decisions",
      event_type: "session.input_transcript.delta",
      decisions: { questions: [{ type: "predicate", question: "Is it rude?" } as never] },
    },
  ],
  safety_identifier: "user_1",
};

test("a session takes every field of OpenAI's, and is echoed with them when it starts", async () => {
  const { safety_identifier: _, ...echoed } = whole;
  const id = await startSession(emulator, whole);
  const started = await (await attach(emulator, id)).next("session.started");
  expect(started.session).toEqual({ ...echoed, id, status: "active", expires_at: expect.any(Number) });
});

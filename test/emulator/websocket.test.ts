// Conversations with the emulator over a WebSocket.
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { connectSocket, type Event, type SocketClient } from "./socket-client.ts";

let emulator: Emulator;
let client: SocketClient;

beforeEach(async () => {
  emulator = await startEmulator();
  client = await connectSocket(emulator.baseUrl);
});
afterEach(async () => {
  await emulator.close();
});

const weather = {
  type: "function",
  name: "get_weather",
  description: "The weather in a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

const configure = (session: object): void =>
  client.send({ type: "session.update", session: { type: "realtime", ...session } });

const types = (): string[] =>
  client.events.map(({ type }) => type).filter((type) => !type.endsWith(".delta"));

interface Usage {
  total_tokens: number;
  input_tokens: number;
  output_tokens: number;
  input_token_details: Record<string, number>;
  output_token_details: Record<string, number>;
}

describe("a spoken conversation over a WebSocket", () => {
  test("goes from speech to a tool and to a spoken answer, and every event is valid", async () => {
    configure({ tools: [weather], audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } });
    await client.next("session.updated");
    await client.speak();
    const call = await client.next("response.output_item.done");
    expect(call.item).toMatchObject({
      type: "function_call",
      status: "completed",
      name: "get_weather",
      arguments: '{"city":"Paris"}',
    });
    await client.next("response.done");
    const { call_id } = call.item as { call_id: string };
    client.send({
      type: "conversation.item.create",
      item: { type: "function_call_output", call_id, output: "sunny, 21 degrees" },
    });
    client.send({ type: "response.create" });
    const done = await client.next("response.done");
    expect(JSON.stringify(done)).toContain("The tool has answered: sunny, 21 degrees");
    expect(types()).toEqual([
      "session.created",
      "session.updated",
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.input_audio_transcription.completed",
      "response.created",
      "rate_limits.updated",
      "response.output_item.added",
      "conversation.item.added",
      "response.function_call_arguments.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
      "conversation.item.added",
      "conversation.item.done",
      "response.created",
      "rate_limits.updated",
      "response.output_item.added",
      "conversation.item.added",
      "response.content_part.added",
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
    ]);
    expect(client.faults()).toEqual([]);
  });

  test("says how much speech it heard", async () => {
    configure({ audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } });
    await client.speak();
    const { transcript } = await client.next("conversation.item.input_audio_transcription.completed");
    expect(transcript).toMatch(/^\(the emulator heard 1\.\d s of speech\)$/);
    expect(types()).not.toContain("error");
  });

  test("transcribes nothing unless it is asked to", async () => {
    await client.speak();
    await client.next("response.done");
    expect(types().filter((type) => type.includes("transcription"))).toEqual([]);
    expect(client.faults()).toEqual([]);
  });

  test("counts tokens that add up", async () => {
    await client.speak();
    const { response } = await client.next("response.done");
    const { usage } = response as { usage: Usage };
    expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
    const { text_tokens: text, audio_tokens: audio } = usage.output_token_details;
    expect(Number(text) + Number(audio)).toBe(usage.output_tokens);
    expect(usage.input_token_details.audio_tokens).toBeGreaterThan(10);
    // "I can hear you, loud and clear." takes 2.5 s; a token is 50 ms.
    expect(Math.abs(Number(audio) - 50)).toBeLessThan(3);
  });

  test("stops speaking when the user speaks again", async () => {
    await fetch(new URL("/emulator/script", emulator.baseUrl), {
      method: "PUT",
      body: JSON.stringify({ turns: [{ says: "word ".repeat(200) }] }),
    });
    await client.speak();
    await client.next("response.output_audio.delta");
    await client.speak();
    const done = await client.next("response.done");
    expect(done.response).toMatchObject({
      status: "cancelled",
      status_details: { type: "cancelled", reason: "turn_detected" },
      output: [{ status: "incomplete" }],
    });
    expect(client.faults()).toEqual([]);
  });

  test("goes on speaking when interruptions are off, and answers the second turn afterwards", async () => {
    configure({ audio: { input: { turn_detection: { type: "server_vad", interrupt_response: false } } } });
    await client.speak();
    await client.next("response.created");
    await client.speak();
    const first = await client.next("response.done");
    const second = await client.next("response.done");
    expect([first.response, second.response]).toMatchObject([
      { status: "completed" },
      { status: "completed" },
    ]);
  });

  test.each([
    ["audio/pcm", 2.38 * 24_000 * 2],
    ["audio/pcmu", 2.38 * 8000],
    ["audio/pcma", 2.38 * 8000],
  ])("sends %s when that is the format", async (type, bytes) => {
    configure({ audio: { output: { format: { type } } } });
    client.send({ type: "response.create" });
    await client.next("response.done");
    const audio = client.events.filter((event) => event.type === "response.output_audio.delta").map(bytesOf);
    expect(Buffer.concat(audio).length / bytes).toBeCloseTo(1, 1);
  });
});

const bytesOf = (event: Event): Buffer => Buffer.from(String(event.delta), "base64");

describe("turns without voice activity detection", () => {
  beforeEach(async () => {
    configure({ audio: { input: { turn_detection: null } } });
    await client.next("session.updated");
  });

  test("wait for a commit", async () => {
    await client.speak();
    client.send({ type: "input_audio_buffer.commit" });
    await client.next("input_audio_buffer.committed");
    expect(types()).not.toContain("input_audio_buffer.speech_started");
    client.send({ type: "response.create" });
    await client.next("response.done");
    expect(client.faults()).toEqual([]);
  });

  test("cannot be committed empty, or after a clear", async () => {
    client.send({ type: "input_audio_buffer.commit", event_id: "mine" });
    expect((await client.next("error")).error).toMatchObject({
      code: "input_audio_buffer_commit_empty",
      event_id: "mine",
    });
    await client.speak();
    client.send({ type: "input_audio_buffer.clear" });
    await client.next("input_audio_buffer.cleared");
    client.send({ type: "input_audio_buffer.commit" });
    expect((await client.next("error")).error).toMatchObject({ code: "input_audio_buffer_commit_empty" });
    expect(client.faults()).toEqual([]);
  });
});

describe("connecting", () => {
  const refusal = async (
    path: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; body: string }> => {
    const socket = new WebSocket(`${emulator.baseUrl.replace("http", "ws")}/realtime${path}`, { headers });
    const [, response] = await once(socket, "unexpected-response");
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
  };

  test("works with an ephemeral key as subprotocol, and selects `realtime`", async () => {
    const minted = await fetch(`${emulator.baseUrl}/realtime/client_secrets`, {
      method: "POST",
      headers: { authorization: "Bearer sk-test" },
      body: JSON.stringify({ session: { type: "realtime", instructions: "Whisper." } }),
    });
    const { value } = (await minted.json()) as { value: string };
    const browser = await connectSocket(emulator.baseUrl, "?model=gpt-realtime-2.1", {
      protocols: ["realtime", `openai-insecure-api-key.${value}`],
    });
    expect(browser.socket.protocol).toBe("realtime");
    expect((await browser.next("session.created")).session).toMatchObject({ instructions: "Whisper." });
  });

  test("is refused with a wrong key, without a model, and to another path", async () => {
    expect(await refusal("?model=gpt-realtime-2.1", { authorization: "Bearer ek_unknown" })).toMatchObject({
      status: 401,
    });
    expect(await refusal("?model=gpt-realtime-2.1", {})).toMatchObject({ status: 401 });
    expect(await refusal("", { authorization: "Bearer sk-test" })).toMatchObject({ status: 400 });
    expect(await refusal("/else", { authorization: "Bearer sk-test" })).toMatchObject({ status: 404 });
    const gone = await refusal("?call_id=rtc_nobody", { authorization: "Bearer sk-test" });
    expect(gone).toMatchObject({ status: 404, body: expect.stringContaining("call_id_not_found") });
  });

  test("is closed with 4000 for those who still speak the beta", async () => {
    const socket = new WebSocket(
      `${emulator.baseUrl.replace("http", "ws")}/realtime?model=gpt-realtime-2.1`,
      ["realtime", "openai-insecure-api-key.sk-test", "openai-beta.realtime-v1"],
    );
    const [code] = await once(socket, "close");
    expect(code).toBe(4000);
  });
});

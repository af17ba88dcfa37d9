// WebRTC calls with the emulator: what is said in them.
import { readFile } from "node:fs/promises";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { readOggOpus } from "../../emulator/speech/ogg.ts";
import { type Caller, createCaller } from "./caller.ts";
import { connectSocket } from "./socket-client.ts";

const question = readOggOpus(await readFile(new URL("../support/spoken-question.opus", import.meta.url)));

let emulator: Emulator;
let client: OpenAI;
let caller: Caller;
const broken: unknown[] = [];

beforeEach(async () => {
  broken.length = 0;
  emulator = await startEmulator({ broke: (reason) => broken.push(reason) });
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
  caller = createCaller();
});
afterEach(async () => {
  await caller.close();
  await emulator.close();
  expect(broken).toEqual([]);
});

const script = (turns: object[]): Promise<Response> =>
  fetch(new URL("/emulator/script", emulator.baseUrl), { method: "PUT", body: JSON.stringify({ turns }) });

const post = async (key: string, body: string, type = "application/sdp"): Promise<Response> =>
  fetch(`${emulator.baseUrl}/realtime/calls`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": type },
    body,
  });

const mint = async (session: object = {}): Promise<string> =>
  (await client.realtime.clientSecrets.create({ session: { type: "realtime", ...session } })).value;

/** Calls with an ephemeral key and waits for the first event. */
const call = async (session: object = {}): Promise<void> => {
  const response = await post(await mint(session), await caller.offer());
  expect(response.status).toBe(201);
  expect(response.headers.get("content-type")).toBe("application/sdp");
  expect(response.headers.get("location")).toMatch(/^\/v1\/realtime\/calls\/rtc_\w+$/);
  await caller.accept(await response.text());
  await caller.next("session.created");
};

const transcription = { audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } };

describe("a call", () => {
  test("hears speech, also when nothing is sent after it, and answers aloud", async () => {
    await call(transcription);
    caller.speak(question);
    const { transcript } = await caller.next("conversation.item.input_audio_transcription.completed");
    expect(transcript).toMatch(/heard 1\.\d s/);
    const started = await caller.next("output_audio_buffer.started");
    const done = await caller.next("response.done");
    const stopped = await caller.next("output_audio_buffer.stopped");
    expect([started.response_id, stopped.response_id]).toEqual([idOf(done), idOf(done)]);
    // "I can hear you, loud and clear." is 2.5 s long.
    expect(caller.packets()).toBeGreaterThan(110);
    expect(caller.events.map(({ type }) => type)).not.toContain("response.output_audio.delta");
    expect(caller.faults()).toEqual([]);
  });

  test("falls silent when the user speaks, and remembers only what was heard", async () => {
    await script([{ says: "word ".repeat(60) }]);
    await call();
    caller.send({ type: "response.create" });
    await caller.next("output_audio_buffer.started");
    caller.speak(question);
    await caller.next("input_audio_buffer.speech_started");
    const { response } = await caller.next("response.done");
    expect(response).toMatchObject({ status: "cancelled", status_details: { reason: "turn_detected" } });
    await caller.next("output_audio_buffer.cleared");
    const truncated = await caller.next("conversation.item.truncated");
    // Of about twenty seconds.
    expect(truncated.audio_end_ms).toBeLessThan(10_000);
    expect(caller.faults()).toEqual([]);
  });

  test("goes on speaking when interruptions are off", async () => {
    await script([{ says: "word ".repeat(12) }]);
    await call({
      audio: {
        input: { turn_detection: { type: "server_vad", interrupt_response: false, create_response: false } },
      },
    });
    caller.send({ type: "response.create" });
    await caller.next("output_audio_buffer.started");
    caller.speak(question);
    await caller.next("input_audio_buffer.committed");
    expect((await caller.next("response.done")).response).toMatchObject({ status: "completed" });
    await caller.next("output_audio_buffer.stopped");
    expect(caller.events.filter(({ type }) => type === "response.created")).toHaveLength(1);
  });

  test("can be told to be quiet", async () => {
    await script([{ says: "word ".repeat(60) }]);
    await call();
    caller.send({ type: "response.create" });
    await caller.next("output_audio_buffer.started");
    caller.send({ type: "response.cancel" });
    caller.send({ type: "output_audio_buffer.clear" });
    await caller.next("output_audio_buffer.cleared");
    const heard = caller.packets();
    caller.send({ type: "session.update", session: { type: "realtime" } });
    await caller.next("session.updated");
    // Of about a thousand: what was on its way.
    expect(caller.packets() - heard).toBeLessThan(25);
  });

  test("plays a preamble and the answer one after the other", async () => {
    await script([{ preamble: "Let me check.", says: "It is sunny.", hang_up: true }]);
    await call();
    caller.send({ type: "response.create" });
    await caller.ended;
    const spoken = caller.events
      .map(({ type }) => type)
      .filter((type) => /output_audio_buffer|response.done/.test(type));
    expect(spoken).toEqual([
      "output_audio_buffer.started",
      "output_audio_buffer.stopped",
      "output_audio_buffer.started",
      "response.done",
      "output_audio_buffer.stopped",
    ]);
    expect(caller.packets()).toBeGreaterThan(85);
  });

  test("can be started by a server for its browser, with offer and session in one", async () => {
    const session = { type: "realtime" as const, model: "gpt-realtime-2", instructions: "Whisper." };
    const response = await client.realtime.calls.create({ sdp: await caller.offer(), session });
    expect(response.status).toBe(201);
    await caller.accept(await response.text());
    expect(await caller.next("session.created")).toMatchObject({
      session: { model: "gpt-realtime-2", instructions: "Whisper." },
    });
  });
});

test("closing ends every call at once and leaves no timer behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  // Twenty seconds of speech.
  await script([{ says: "word ".repeat(60) }]);
  await call();
  caller.send({ type: "response.create" });
  await caller.next("output_audio_buffer.started");
  const beside = await connectSocket(emulator.baseUrl);
  await beside.speak();
  const begun = performance.now();
  await emulator.close();
  expect(performance.now() - begun).toBeLessThan(5000);
  await caller.ended;
  await caller.close();
  await expect.poll(timers).toBeLessThan(3);
});

const idOf = (done: Record<string, unknown>): string => (done.response as { id: string }).id;

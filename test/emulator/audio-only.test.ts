// Calls with the emulator without a data channel: the page hears and speaks, and only the server sees events.
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { readOggOpus } from "../../emulator/speech/ogg.ts";
import { type CallClient, createCallClient } from "./call-client.ts";
import { type Caller, createCaller } from "./caller.ts";

const question = readOggOpus(await readFile(new URL("../support/spoken-question.opus", import.meta.url)));

let emulator: Emulator;
let client: CallClient;
let caller: Caller;

beforeEach(async () => {
  emulator = await startEmulator();
  client = createCallClient(emulator.baseUrl);
  caller = createCaller({ events: false });
});
afterEach(async () => {
  await caller.close();
  await emulator.close();
});

test("an offer of audio alone makes a call: its caller is heard and answered, and a sideband sees it", async () => {
  const transcription = { model: "gpt-realtime-whisper" };
  const id = await client.call(caller, { audio: { input: { transcription } } });
  const beside = await client.sideband(id);
  caller.speak(question);
  const { usage } = await beside.next("conversation.item.input_audio_transcription.completed");
  expect(usage).toMatchObject({ type: "duration", seconds: expect.any(Number) });
  await beside.next("output_audio_buffer.stopped");
  // "I can hear you, loud and clear." is 2.5 s long.
  expect(caller.packets()).toBeGreaterThan(110);
  expect(beside.faults()).toEqual([]);
  expect(caller.events).toEqual([]);
});

test("an offer with two audio lines makes none, one with a second that is switched off does", async () => {
  const offer = await caller.offer();
  const audio = /^m=audio [\s\S]*$/m.exec(offer)?.[0] ?? "";
  const session = { type: "realtime" as const };
  const twice = client.openai.realtime.calls.create({ sdp: `${offer}${audio}`, session });
  expect(await twice.catch((error) => error)).toMatchObject({
    status: 400,
    code: "invalid_offer",
    message: expect.stringContaining("more than one audio line"),
  });
  expect(await client.reports()).toEqual([]);
  const rejected = audio.replace(/^m=audio \d+/, "m=audio 0").replace(/^a=mid:.*$/m, "a=mid:off");
  const once = await client.openai.realtime.calls.create({ sdp: `${offer}${rejected}`, session });
  expect(once.status).toBe(201);
});

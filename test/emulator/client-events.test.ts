// The events that a client may send to the emulator, and the errors for others.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { connectSocket, type SocketClient } from "./socket-client.ts";

let emulator: Emulator;
let client: SocketClient;

beforeEach(async () => {
  emulator = await startEmulator();
  client = await connectSocket(emulator.baseUrl);
});
afterEach(async () => {
  expect(client.faults()).toEqual([]);
  await emulator.close();
});

const update = (session: object): void =>
  client.send({ type: "session.update", session: { type: "realtime", ...session } });
const say = (text: string, id?: string): void =>
  client.send({
    type: "conversation.item.create",
    item: { type: "message", role: "user", id, content: [{ type: "input_text", text }] },
  });
const nextError = async () => (await client.next("error")).error;

describe("session.update", () => {
  test("changes what it names and leaves the rest", async () => {
    update({ instructions: "Whisper.", audio: { output: { voice: "cedar" } } });
    await client.next("session.updated");
    update({ audio: { input: { turn_detection: null } } });
    const { session } = await client.next("session.updated");
    expect(session).toMatchObject({
      instructions: "Whisper.",
      audio: {
        input: { turn_detection: null, format: { type: "audio/pcm" } },
        output: { voice: "cedar", speed: 1 },
      },
    });
  });

  test("with beta fields or without a type is an error that names the event", async () => {
    client.send({ type: "session.update", event_id: "mine", session: { type: "realtime", voice: "alloy" } });
    expect(await nextError()).toMatchObject({
      code: "unknown_parameter",
      param: "session.voice",
      event_id: "mine",
    });
    client.send({ type: "session.update", session: { instructions: "Hi." } });
    expect(await nextError()).toMatchObject({ code: "missing_required_parameter", param: "session.type" });
    client.send({ type: "session.update", session: { type: "transcription" } });
    expect(await nextError()).toMatchObject({ param: "session.type" });
  });

  test("cannot change the voice once it has been heard", async () => {
    client.send({ type: "response.create" });
    await client.next("response.done");
    update({ audio: { output: { voice: "cedar" } } });
    expect(await nextError()).toMatchObject({ code: "cannot_update_voice" });
    update({ audio: { output: { voice: "marin" } } });
    await client.next("session.updated");
  });
});

describe("the conversation's items", () => {
  test("are added in order, found, and deleted", async () => {
    say("two", "b");
    expect(await client.next("conversation.item.done")).toMatchObject({
      previous_item_id: null,
      item: { id: "b" },
    });
    say("three", "c");
    expect(await client.next("conversation.item.added")).toMatchObject({ item: { id: "b" } });
    expect(await client.next("conversation.item.added")).toMatchObject({
      previous_item_id: "b",
      item: { id: "c" },
    });
    client.send({
      type: "conversation.item.create",
      previous_item_id: "root",
      item: { id: "a", type: "message", role: "system", content: [{ type: "input_text", text: "one" }] },
    });
    expect(await client.next("conversation.item.added")).toMatchObject({
      previous_item_id: null,
      item: { id: "a" },
    });
    client.send({ type: "conversation.item.retrieve", item_id: "c" });
    expect(await client.next("conversation.item.retrieved")).toMatchObject({
      item: { content: [{ text: "three" }] },
    });
    client.send({ type: "conversation.item.delete", item_id: "c" });
    await client.next("conversation.item.deleted");
    client.send({ type: "conversation.item.retrieve", item_id: "c" });
    expect(await nextError()).toMatchObject({ code: "item_not_found", param: "item_id" });
    say("again", "a");
    expect(await nextError()).toMatchObject({ code: "item_already_exists" });
  });

  test("cannot hold what only the beta knew", async () => {
    const item = { type: "message", role: "assistant", content: [{ type: "text", text: "hi" }] };
    client.send({ type: "conversation.item.create", item });
    expect(await nextError()).toMatchObject({ code: "invalid_value", param: "item.content[0].type" });
  });

  test("can be cut short when they were spoken", async () => {
    client.send({ type: "response.create" });
    const { item } = await client.next("response.output_item.done");
    const item_id = (item as { id: string }).id;
    client.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 500 });
    expect(await client.next("conversation.item.truncated")).toMatchObject({ item_id, audio_end_ms: 500 });
    say("mine", "u");
    client.send({ type: "conversation.item.truncate", item_id: "u", content_index: 0, audio_end_ms: 500 });
    expect(await nextError()).toMatchObject({ param: "item_id" });
  });
});

describe("response.create", () => {
  test("answers written turns in text when asked for text", async () => {
    update({ output_modalities: ["text"] });
    say("Hello?");
    client.send({ type: "response.create" });
    const { text } = await client.next("response.output_text.done");
    expect(text).toBe("I can hear you, loud and clear.");
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({
      output_modalities: ["text"],
      output: [{ content: [{ type: "output_text", text }] }],
    });
    expect(response).toMatchObject({ usage: { output_token_details: { audio_tokens: 0 } } });
  });

  test("greets when nobody has said anything", async () => {
    client.send({ type: "response.create" });
    const { transcript } = await client.next("response.output_audio_transcript.done");
    expect(transcript).toBe("Hello! How can I help you?");
  });

  test("waits for its turn", async () => {
    client.send({ type: "response.create" });
    client.send({ type: "response.create", event_id: "second" });
    expect(await nextError()).toMatchObject({
      code: "conversation_already_has_active_response",
      event_id: "second",
    });
  });

  test("outside the conversation leaves no trace in it, and runs beside another one", async () => {
    client.send({ type: "response.create" });
    const aside = {
      conversation: "none",
      output_modalities: ["text"],
      instructions: "Classify.",
      input: [],
      metadata: { topic: "x" },
    };
    client.send({ type: "response.create", response: aside });
    await client.next("response.done");
    await client.next("response.done");
    const messages = client.events.filter(({ type }) => type === "conversation.item.done");
    expect(messages).toHaveLength(1);
  });

  test("can be cancelled, and then there is nothing to cancel", async () => {
    client.send({ type: "response.create" });
    await client.next("response.output_audio.delta");
    client.send({ type: "response.cancel" });
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" } });
    client.send({ type: "response.cancel" });
    expect(await nextError()).toMatchObject({ code: "response_cancel_not_active" });
    client.send({ type: "response.create" });
    expect((await client.next("response.done")).response).toMatchObject({ status: "completed" });
  });
});

describe("what no client should send", () => {
  test.each([
    ["an event of the beta", '{"type":"transcription_session.update"}', "invalid_value"],
    ["an unknown event", '{"type":"make.coffee"}', "invalid_value"],
    ["an event without a type", "{}", "missing_required_parameter"],
    ["an event with more than it may have", '{"type":"response.cancel","why":1}', "unknown_parameter"],
    ["a list", "[]", "invalid_json"],
    ["no JSON", "{", "invalid_json"],
    ["null", "null", "invalid_json"],
  ])("%s gets an error, and the session lives", async (_what, text, code) => {
    client.socket.send(text);
    expect(await nextError()).toMatchObject({ code, type: "invalid_request_error" });
    say("still there?");
    await client.next("conversation.item.done");
  });
});

test("nothing a client sends breaks its session", async () => {
  const type = fc.constantFrom(
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "conversation.item.create",
    "conversation.item.retrieve",
    "conversation.item.delete",
    "conversation.item.truncate",
    "response.create",
    "response.cancel",
  );
  const field = fc.constantFrom(
    "session",
    "audio",
    "item",
    "item_id",
    "response",
    "content_index",
    "audio_end_ms",
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom("__proto__", { type: "realtime" }, { type: "message", role: "user", content: [] }),
  );
  const event = fc.tuple(type, fc.dictionary(field, value, { maxKeys: 3 }));
  for (const [name, fields] of fc.sample(event, 500)) client.send({ ...fields, type: name });
  update({ instructions: "Still there." });
  const answered = () =>
    client.events.filter(({ type }) => type === "session.updated").map(({ session }) => session);
  await expect
    .poll(answered, { timeout: 20_000 })
    .toContainEqual(expect.objectContaining({ instructions: "Still there." }));
});

describe("a transcription session", () => {
  test("transcribes and answers nothing", async () => {
    const scribe = await connectSocket(emulator.baseUrl, "?intent=transcription");
    const audio = { input: { transcription: { model: "gpt-realtime-whisper" } } };
    scribe.send({ type: "session.update", session: { type: "transcription", audio } });
    expect((await scribe.next("session.updated")).session).toMatchObject({
      object: "realtime.transcription_session",
    });
    await scribe.speak();
    await scribe.next("conversation.item.input_audio_transcription.completed");
    scribe.send({ type: "response.create" });
    expect((await scribe.next("error")).error).toMatchObject({ type: "invalid_request_error" });
    expect(scribe.events.filter(({ type }) => type.startsWith("response."))).toEqual([]);
    expect(scribe.faults()).toEqual([]);
  });
});

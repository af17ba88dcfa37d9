// Calls of the emulator that no browser stands behind: conversations over a sideband alone, many at once, under load.
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type CallClient, createCallClient } from "./call-client.ts";
import type { Event, SocketClient } from "./socket-client.ts";

// A loaded machine is slow.
const eventually = { timeout: 20_000 };

let emulator: Emulator;
let client: CallClient;

beforeEach(async () => {
  emulator = await startEmulator();
  client = createCallClient(emulator.baseUrl);
});
afterEach(() => emulator.close());

const text = { type: "realtime", output_modalities: ["text"] };

const say = (line: SocketClient, words: string): void => {
  const content = [{ type: "input_text", text: words }];
  line.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  line.send({ type: "response.create" });
};

const outputOf = ({ response }: Event) =>
  (response as { output: Record<string, unknown>[] }).output as { call_id: string; content: object[] }[];

describe("a conversation over a sideband", () => {
  const calls = [
    { name: "get_weather", arguments: { city: "Paris" } },
    { name: "get_weather", arguments: { city: "Rome" } },
  ];

  test.each([
    ["text", text],
    ["audio", { type: "realtime" }],
  ])(
    "in %s asks for two tools behind a preamble, and takes both answers, by a script of its own",
    async (_, session) => {
      const turns = [
        { preamble: "Let me check.", calls, says: "It is {answer}." },
        { says: "Goodbye.", hang_up: true },
      ];
      const line = await client.sideband(await client.peerless({ session, turns }));
      const other = await client.sideband(await client.peerless({ session: text }));
      say(line, "How is Paris, how is Rome?");
      const asked = outputOf(await line.next("response.done"));
      expect(asked).toMatchObject([
        { type: "message" },
        { type: "function_call", arguments: '{"city":"Paris"}' },
        { type: "function_call", arguments: '{"city":"Rome"}' },
      ]);
      for (const [index, output] of ["sunny", "rainy"].entries()) {
        const item = { type: "function_call_output", call_id: asked[index + 1]?.call_id, output };
        line.send({ type: "conversation.item.create", item });
      }
      line.send({ type: "response.create" });
      expect(JSON.stringify(await line.next("response.done"))).toContain("It is sunny; rainy.");
      say(other, "Hello?");
      expect(JSON.stringify(await other.next("response.done"))).not.toContain("check");
      const closed = once(line.socket, "close");
      say(line, "Thank you.");
      await closed;
      expect(line.faults()).toEqual([]);
      expect(await client.reports()).toMatchObject([{ open: false, ended_by: "script" }, { open: true }]);
    },
  );

  test("takes no answer to a call that was not made", async () => {
    const line = await client.sideband(await client.peerless({ session: text }));
    const item = { type: "function_call_output", call_id: "call_other", output: "sunny" };
    line.send({ type: "conversation.item.create", event_id: "mine", item });
    expect((await line.next("error")).error).toMatchObject({
      code: "invalid_tool_call_id",
      event_id: "mine",
    });
    expect(line.faults()).toEqual([]);
  });

  test("is told a spoken turn without audio, with the transcript that a test wants", async () => {
    const session = { ...text, audio: { input: { transcription: { model: "whisper-1" } } } };
    const id = await client.peerless({ session });
    const line = await client.sideband(id);
    await client.control("POST", `/calls/${id}/speech`, { transcript: "Are you there?", seconds: 2 });
    await line.next("response.done");
    const types = line.events.map(({ type }) => type).filter((type) => !type.endsWith(".delta"));
    expect(types.slice(0, 7)).toEqual([
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.input_audio_transcription.completed",
      "response.created",
    ]);
    expect(line.faults()).toEqual([]);
  });

  test("is refused a script or a session that is none, and a call for a wrong key", async () => {
    expect((await client.control("POST", "/calls", {})).status).toBe(401);
    const wrong = await fetch(new URL("/emulator/calls", emulator.baseUrl), {
      method: "POST",
      headers: { authorization: "Bearer sk-test" },
      body: JSON.stringify({ session: { type: "realtime", voice: "alloy" } }),
    });
    expect(await wrong.json()).toMatchObject({ error: { param: "session.voice" } });
    expect((await client.control("POST", "/calls/rtc_none/leave")).status).toBe(404);
  });
});

describe("many calls", () => {
  test("200 at once are joined, talked to and hung up, and their sums are exact", async () => {
    const ids = await Promise.all(Array.from({ length: 200 }, () => client.peerless({ session: text })));
    const lines = await Promise.all(ids.map((id) => client.sideband(id)));
    for (const line of lines) say(line, "Hello?");
    const told = await Promise.all(lines.map((line) => line.next("response.done")));
    const tokens = told.map(
      ({ response }) => (response as { usage: { output_tokens: number } }).usage.output_tokens,
    );
    await Promise.all(ids.map((id) => client.openai.realtime.calls.hangup(id)));
    const { calls, total } = await (await client.control("GET", "/usage")).json();
    expect(calls.filter(({ ended_by }: { ended_by: string }) => ended_by === "hangup")).toHaveLength(200);
    expect(total.output_text_tokens).toBe(tokens.reduce((sum, n) => sum + n, 0));
    expect(total.responses).toBe(200);
  });

  test("emit events at a rate, which carry the time at which they were sent and are counted", async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => client.peerless()));
    const lines = await Promise.all(ids.map((id) => client.sideband(id)));
    const types = [
      "response.created",
      "response.output_audio_transcript.delta",
      "rate_limits.updated",
      "input_audio_buffer.speech_started",
      "conversation.item.input_audio_transcription.delta",
      "conversation.item.input_audio_transcription.completed",
      "response.done",
    ];
    const load = { types, events_per_second: 70, seconds: 0.5 };
    expect(await (await client.control("POST", "/calls/all/load", load)).json()).toEqual({ calls: 5 });
    await expect
      .poll(() => lines.map(({ events }) => events.length), eventually)
      .toEqual(lines.map(() => 35));
    for (const { events, faults } of lines) {
      expect(new Set(events.map(({ type }) => type))).toEqual(new Set(types));
      expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(35);
      expect(faults()).toEqual([]);
      const sentAt = Number(/^event_(\d+)_\d+$/.exec(String(events[0]?.event_id))?.[1]);
      expect(Math.abs(Date.now() - sentAt)).toBeLessThan(10_000);
    }
    const { total } = await (await client.control("GET", "/usage")).json();
    const told = lines.flatMap(({ events }) => events.filter(({ type }) => type === "response.done"));
    const input = told.map(
      ({ response }) => (response as { usage: { input_tokens: number } }).usage.input_tokens,
    );
    expect(total.input_text_tokens + total.input_audio_tokens).toBe(input.reduce((sum, n) => sum + n, 0));
    expect(total).toMatchObject({ responses: 25, transcriptions: 25 });
  });
});

// What the emulator tells of usage in a session's events, and its own count of it.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type CallClient, type CallReport, createCallClient } from "./call-client.ts";
import { connectSocket, type Event, type SocketClient } from "./socket-client.ts";

// A loaded machine is slow.
const eventually = { timeout: 20_000 };

let emulator: Emulator;
let client: CallClient;

beforeEach(async () => {
  emulator = await startEmulator();
  client = createCallClient(emulator.baseUrl);
});
afterEach(() => emulator.close());

interface Usage {
  total_tokens: number;
  input_tokens: number;
  output_tokens: number;
  input_token_details: Record<string, number> & { cached_tokens_details: Record<string, number> };
  output_token_details: Record<string, number>;
}

const usageIn = ({ response }: Event): Usage => (response as { usage: Usage }).usage;
const text = { type: "realtime", output_modalities: ["text"] };

const write = (line: SocketClient, content: object[]): void => {
  line.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  line.send({ type: "response.create" });
};

const usage = async (): Promise<{ calls: CallReport[]; total: Record<string, number> }> =>
  (await client.control("GET", "/usage")).json();

describe("a response's usage", () => {
  test("is of every kind, adds up, and differs from that of the response before", async () => {
    const id = await client.peerless({
      session: { type: "realtime", instructions: "Be brief. ".repeat(60) },
    });
    const line = await client.sideband(id);
    await client.control("POST", `/calls/${id}/speech`, { seconds: 12 });
    const first = usageIn(await line.next("response.done"));
    const image_url = "data:image/png;base64,AAAA";
    write(line, [
      { type: "input_text", text: "And this?" },
      { type: "input_image", image_url },
    ]);
    const second = usageIn(await line.next("response.done"));
    write(line, [{ type: "input_text", text: "And now?" }]);
    const third = usageIn(await line.next("response.done"));
    expect(first.input_token_details).toMatchObject({ audio_tokens: 120, image_tokens: 0, cached_tokens: 0 });
    expect(first.output_token_details.audio_tokens).toBeGreaterThan(10);
    expect(second.input_token_details).toMatchObject({
      audio_tokens: 120,
      image_tokens: 765,
      cached_tokens_details: { text_tokens: 128, audio_tokens: 64, image_tokens: 0 },
    });
    expect(third.input_token_details.cached_tokens_details.image_tokens).toBe(704);
    for (const each of [first, second, third]) {
      const { input_token_details: input, output_token_details: output } = each;
      const cached = Object.values(input.cached_tokens_details);
      expect(cached.reduce((sum, n) => sum + n)).toBe(input.cached_tokens);
      expect(sumOf(input, ["text_tokens", "audio_tokens", "image_tokens"])).toBe(each.input_tokens);
      expect(sumOf(output, ["text_tokens", "audio_tokens"])).toBe(each.output_tokens);
      expect(each.input_tokens + each.output_tokens).toBe(each.total_tokens);
    }
    expect(new Set([first, second, third].map(({ input_tokens }) => input_tokens)).size).toBe(3);
  });
});

test("a response that failed used nothing", async () => {
  const line = await client.sideband(await client.peerless({ turns: [{ fails: "server_error" }] }));
  write(line, [{ type: "input_text", text: "Hello?" }]);
  const { response } = await line.next("response.done");
  expect(response).toMatchObject({ status: "failed", usage: { total_tokens: 0, input_tokens: 0 } });
  expect((await usage()).total).toMatchObject({ responses: 1, input_text_tokens: 0 });
  expect(line.faults()).toEqual([]);
});

describe("a transcription's usage", () => {
  test.each([
    ["gpt-realtime-whisper", { type: "duration", seconds: 2.5 }],
    ["gpt-4o-transcribe", { type: "tokens", input_tokens: 25, output_tokens: 3, total_tokens: 28 }],
  ])("by %s is %j", async (model, told) => {
    const session = { type: "realtime", audio: { input: { transcription: { model } } } };
    const line = await client.sideband(await client.peerless({ session }));
    await client.control("POST", "/calls/all/speech", { transcript: "Is it open?", seconds: 2.5 });
    const done = await line.next("conversation.item.input_audio_transcription.completed");
    expect(done).toMatchObject({ transcript: "Is it open?", usage: told });
    await line.next("response.done");
    expect(line.faults()).toEqual([]);
  });
});

describe("the emulator's own count", () => {
  test("is the sum of what was told, by call and in all, and stays when calls have ended", async () => {
    const session = { ...text, audio: { input: { transcription: { model: "gpt-4o-transcribe" } } } };
    const ids = [await client.peerless({ session }), await client.peerless({ session })];
    const told: Usage[] = [];
    for (const [index, id] of ids.entries()) {
      const line = await client.sideband(id);
      await client.control("POST", `/calls/${id}/speech`, { seconds: 3 + index });
      told.push(usageIn(await line.next("response.done")));
    }
    const socket = await connectSocket(emulator.baseUrl);
    write(socket, [{ type: "input_text", text: "Hello?" }]);
    told.push(usageIn(await socket.next("response.done")));
    await client.control("POST", `/calls/${ids[0]}/leave`);
    await client.openai.realtime.calls.hangup(ids[1] ?? "");
    await socket.close();
    await expect.poll(usage, eventually).toMatchObject({
      calls: [
        { id: ids[0], transport: "none", open: false, ended_by: "caller" },
        { id: ids[1], ended_by: "hangup" },
        { transport: "websocket", model: "gpt-realtime-2.1", ended_by: "caller" },
      ],
    });
    const { calls, total } = await usage();
    expect(calls.map((call) => call.usage.output_text_tokens)).toEqual(
      told.map(({ output_token_details }) => output_token_details.text_tokens),
    );
    expect(total).toMatchObject({
      responses: 3,
      input_text_tokens: told.reduce((sum, each) => sum + (each.input_token_details.text_tokens ?? 0), 0),
      input_audio_tokens: 30 + 40,
      output_audio_tokens: told[2]?.output_token_details.audio_tokens,
      transcriptions: 2,
      transcription_input_audio_tokens: 30 + 40,
      transcription_seconds: 0,
    });
    for (const call of calls) expect(call.seconds).toBeGreaterThan(0);
  });

  test("goes on after the sessions themselves are forgotten", async () => {
    const making = Array.from({ length: 210 }, () => client.peerless({ session: text }));
    await Promise.all(making);
    await client.control("POST", "/calls/all/speech", { seconds: 1 });
    await expect.poll(async () => (await usage()).total.responses, eventually).toBe(210);
    await client.control("POST", "/calls/all/leave");
    // Older ones are forgotten when new ones begin.
    await client.peerless();
    expect(await client.reports()).toHaveLength(201);
    const { calls, total } = await usage();
    expect(calls).toHaveLength(211);
    expect(total).toMatchObject({ responses: 210, input_audio_tokens: 2100 });
  });
});

const sumOf = (details: Record<string, unknown>, names: string[]): number =>
  names.reduce((sum, name) => sum + Number(details[name]), 0);

// Scripts, the demo without one, and faults on request.
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { connectSocket, type Event } from "./socket-client.ts";

let emulator: Emulator;
let client: OpenAI;

beforeEach(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
});
afterEach(async () => {
  await emulator.close();
});

const ask = async (method: string, path: string, body?: object): Promise<Response> =>
  fetch(new URL(`/emulator${path}`, emulator.baseUrl), {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

const transcriptsOf = (events: Event[]): unknown[] =>
  events
    .filter(({ type }) => type === "response.output_audio_transcript.done")
    .map(({ transcript }) => transcript);

describe("a script", () => {
  test("says what is heard, asks for several tools after a preamble, and works their answers in", async () => {
    await ask("PUT", "/script", {
      turns: [
        {
          hears: "How is Paris, how is Rome?",
          preamble: "Let me check.",
          calls: [
            { name: "get_weather", arguments: { city: "Paris" } },
            { name: "get_weather", arguments: '{"city":' },
          ],
          says: "It is {answer}.",
          soft_error: "Nothing to worry about.",
        },
      ],
    });
    const line = await connectSocket(emulator.baseUrl);
    line.send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } },
    });
    await line.speak();
    const heard = await line.next("conversation.item.input_audio_transcription.completed");
    expect(heard.transcript).toBe("How is Paris, how is Rome?");
    expect((await line.next("error")).error).toMatchObject({ message: "Nothing to worry about." });
    const { response } = await line.next("response.done");
    const { output } = response as { output: { call_id: string }[] };
    expect(output).toMatchObject([
      { type: "message", content: [{ type: "output_audio", transcript: "Let me check." }] },
      { type: "function_call", arguments: '{"city":"Paris"}' },
      { type: "function_call", arguments: '{"city":' },
    ]);
    for (const [index, answer] of ["$& sunny", "rainy"].entries()) {
      const call_id = output[index + 1]?.call_id;
      line.send({
        type: "conversation.item.create",
        item: { type: "function_call_output", call_id, output: answer },
      });
    }
    line.send({ type: "response.create" });
    await line.next("response.done");
    expect(transcriptsOf(line.events)).toEqual(["Let me check.", "It is $& sunny; rainy."]);
    expect(line.faults()).toEqual([]);
  });

  test("is followed turn by turn, and hangs up when it says so", async () => {
    await ask("PUT", "/script", { turns: [{ says: "One." }, { says: "Goodbye!", hang_up: true }] });
    const line = await connectSocket(emulator.baseUrl);
    const closed = new Promise((resolve) => line.socket.once("close", resolve));
    line.send({ type: "response.create" });
    await line.next("response.done");
    line.send({ type: "response.create" });
    await line.next("response.done");
    await closed;
    expect(transcriptsOf(line.events)).toEqual(["One.", "Goodbye!"]);
  });

  test("can be taken back, and a wrong one is refused by name", async () => {
    await ask("PUT", "/script", { turns: [{ says: "One." }] });
    expect((await ask("DELETE", "/script")).status).toBe(204);
    expect(await (await ask("GET", "/script")).json()).toEqual({ turns: [] });
    const wrong = await ask("PUT", "/script", { turns: [{ say: "One." }] });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ error: { param: "turns[0].say" } });
  });
});

describe("without a script", () => {
  test("arguments fit the tool's schema", async () => {
    const line = await connectSocket(emulator.baseUrl);
    const parameters = {
      type: "object",
      properties: {
        zone: { type: "string", examples: ["Asia/Tokyo"] },
        unit: { type: "string", enum: ["kelvin", "celsius"] },
        count: { type: "integer", minimum: 3 },
        note: { type: "string" },
        exact: { type: "boolean", default: false },
        points: {
          type: "array",
          minItems: 2,
          items: { type: "object", properties: { x: { type: "number" } }, required: ["x"] },
        },
      },
      required: ["unit", "count", "points"],
    };
    const tools = [{ type: "function", name: "measure", parameters }];
    line.send({ type: "session.update", session: { type: "realtime", tools } });
    await line.speak();
    const done = await line.next("response.function_call_arguments.done");
    expect(JSON.parse(String(done.arguments))).toEqual({
      zone: "Asia/Tokyo",
      unit: "kelvin",
      count: 3,
      exact: false,
      points: [{ x: 42 }, { x: 43 }],
    });
  });

  test("no tool is asked for when the session says so, and the one it names is", async () => {
    const line = await connectSocket(emulator.baseUrl);
    const tools = ["first", "second"].map((name) => ({ type: "function", name }));
    line.send({ type: "session.update", session: { type: "realtime", tools, tool_choice: "none" } });
    await line.speak();
    const spoken = await line.next("response.done");
    expect(spoken.response).toMatchObject({ output: [{ type: "message" }] });
    const tool_choice = { type: "function", name: "second" };
    line.send({
      type: "response.create",
      response: { tool_choice, conversation: "none", metadata: { why: "test" } },
    });
    const aside = await line.next("response.done");
    expect(aside.response).toMatchObject({ output: [{ name: "second" }], metadata: { why: "test" } });
    expect(aside.response).not.toHaveProperty("conversation_id");
    expect(line.faults()).toEqual([]);
  });
});

describe("faults", () => {
  test("fail the next requests and no more", async () => {
    await ask("POST", "/faults", {
      path: "/v1/realtime/client_secrets",
      status: 429,
      headers: { "retry-after": "2" },
      times: 2,
    });
    for (const _ of [1, 2]) {
      const refusal = await client.realtime.clientSecrets.create({}).catch((error) => error);
      expect(refusal).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
      expect(refusal.headers.get("retry-after")).toBe("2");
    }
    expect((await client.realtime.clientSecrets.create({})).value).toMatch(/^ek_/);
  });

  test("can be a page of HTML, a malformed success, or only slowness", async () => {
    const url = `${emulator.baseUrl}/realtime/client_secrets`;
    const headers = { authorization: "Bearer sk-test" };
    await ask("POST", "/faults", { path: "/v1/*", status: 502, body: "<h1>Bad gateway</h1>" });
    const html = await fetch(url, { method: "POST", headers });
    expect([html.status, html.headers.get("content-type"), await html.text()]).toEqual([
      502,
      "text/html",
      "<h1>Bad gateway</h1>",
    ]);
    await ask("POST", "/faults", { path: "/v1/*", body: "{" });
    const malformed = await fetch(url, { method: "POST", headers });
    expect([malformed.status, await malformed.text()]).toEqual([200, "{"]);
    await ask("POST", "/faults", { path: "/v1/*", delay_ms: 10_000 });
    await expect(fetch(url, { method: "POST", headers, signal: AbortSignal.timeout(100) })).rejects.toThrow(
      /timeout/,
    );
    await ask("POST", "/faults", { path: "/v1/*", status: 500 });
    await ask("DELETE", "/faults");
    expect((await fetch(url, { method: "POST", headers })).status).toBe(200);
  });

  test("refuse WebSockets too", async () => {
    await ask("POST", "/faults", { path: "/v1/realtime", status: 503 });
    await expect(connectSocket(emulator.baseUrl)).rejects.toThrow("503");
    await connectSocket(emulator.baseUrl);
  });

  test("do not outlive the emulator", async () => {
    await ask("POST", "/faults", { path: "/v1/models", delay_ms: 60_000 });
    const waiting = client.models.list().catch((error) => error);
    await expect.poll(async () => (await ask("GET", "/requests")).text()).toContain("/v1/models");
    const begun = performance.now();
    await emulator.close();
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(await waiting).toBeInstanceOf(OpenAI.APIConnectionError);
  });
});

describe("what it has seen", () => {
  test("are requests with headers and body", async () => {
    await client.realtime.clientSecrets.create(
      { session: { type: "realtime", instructions: "Hi." } },
      { headers: { "OpenAI-Safety-Identifier": "abc" } },
    );
    const { requests } = (await (await ask("GET", "/requests")).json()) as { requests: unknown[] };
    expect(requests).toMatchObject([
      {
        method: "POST",
        path: "/v1/realtime/client_secrets",
        headers: { authorization: "Bearer sk-test", "openai-safety-identifier": "abc" },
        body: { session: { instructions: "Hi." } },
      },
    ]);
    await ask("DELETE", "/requests");
    expect(await (await ask("GET", "/requests")).json()).toEqual({ requests: [] });
  });

  test("are sessions with their events", async () => {
    const line = await connectSocket(emulator.baseUrl);
    await line.speak();
    await line.next("response.done");
    await line.close();
    const { calls } = (await (await ask("GET", "/calls")).json()) as { calls: Record<string, unknown>[] };
    expect(calls).toMatchObject([
      {
        id: expect.stringMatching(/^sess_/),
        transport: "websocket",
        open: false,
        client_events: [
          { type: "input_audio_buffer.append", audio: expect.stringMatching(/characters/) },
          {},
        ],
      },
    ]);
    expect(calls[0]?.seconds_of_speech_heard).toBeGreaterThan(1);
    expect(calls[0]?.server_events).toHaveLength(line.events.length);
  });
});

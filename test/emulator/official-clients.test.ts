// The Agents SDK and the openai package against the emulator.
import { RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { Agent } from "undici";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RTCDtlsTransport } from "werift";
import { z } from "zod";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { toBytes } from "../../emulator/speech/pcm.ts";
import { questionSamples } from "../support/microphone.ts";
import { createCaller } from "./caller.ts";

let emulator: Emulator;
const pcm = { type: "audio/pcm", rate: 24_000 } as const;
const question = toBytes(Float32Array.of(...(await questionSamples()), ...new Float32Array(24_000)), pcm);

beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(async () => {
  await emulator.close();
});

describe("the Agents SDK over a WebSocket", () => {
  test("runs the tool and hears the answer", async () => {
    const asked: string[] = [];
    const clock = tool({
      name: "get_time",
      description: "The time in a time zone.",
      parameters: z.object({ timeZone: z.string() }),
      execute: ({ timeZone }) => {
        asked.push(timeZone);
        return "a quarter past nine";
      },
    });
    const agent = new RealtimeAgent({ name: "Clock", instructions: "Tell the time.", tools: [clock] });
    const session = new RealtimeSession(agent, { transport: "websocket" });
    const errors: unknown[] = [];
    session.on("error", (error) => errors.push(error));
    let audioBytes = 0;
    session.on("audio", ({ data }) => {
      audioBytes += data.byteLength;
    });
    const answered = new Promise<void>((resolve) => {
      session.on("agent_end", (_context, _agent, text) => {
        if (text.includes("quarter")) resolve();
      });
    });
    await session.connect({
      apiKey: "sk-test",
      url: `${emulator.baseUrl.replace("http", "ws")}/realtime?model=gpt-realtime-2.1`,
    });
    session.sendAudio(Uint8Array.from(question).buffer);
    await answered;
    expect(asked).toEqual(["Europe/Berlin"]);
    expect(audioBytes).toBeGreaterThan(24_000);
    expect(session.usage.totalTokens).toBeGreaterThan(50);
    const spoken = session.history.filter(({ type }) => type === "message");
    expect(JSON.stringify(spoken)).toContain("the emulator heard");
    expect(errors).toEqual([]);
    session.close();
  });

  test("works with an ephemeral key", async () => {
    const { value } = await new OpenAI({
      baseURL: emulator.baseUrl,
      apiKey: "sk-test",
    }).realtime.clientSecrets.create({});
    const session = new RealtimeSession(new RealtimeAgent({ name: "Plain" }), { transport: "websocket" });
    await session.connect({
      apiKey: value,
      url: `${emulator.baseUrl.replace("http", "ws")}/realtime?model=gpt-realtime-2.1`,
    });
    const spoken = new Promise<string>((resolve) =>
      session.on("agent_end", (_context, _agent, text) => resolve(text)),
    );
    session.sendMessage("Hello?");
    expect(await spoken).toBe("I can hear you, loud and clear.");
    session.close();
  });
});

describe("the openai package", () => {
  // Its Realtime client insists on wss:.
  let secure: Emulator;
  let client: OpenAI;
  const unverified = { rejectUnauthorized: false };

  beforeEach(async () => {
    const { privateKey: key, certPem: cert } = await RTCDtlsTransport.SetupCertificate();
    secure = await startEmulator({ tls: { key, cert } });
    client = new OpenAI({ baseURL: secure.baseUrl, apiKey: "sk-test" });
  });
  afterEach(() => secure.close());

  test("talks through its Realtime client", async () => {
    const realtime = new OpenAIRealtimeWS({ model: "gpt-realtime-2.1", options: unverified }, client);
    const next = <T extends "session.created" | "session.updated" | "response.done">(type: T) =>
      new Promise((resolve, reject) => {
        realtime.once(type, resolve);
        realtime.once("error", reject);
      });
    expect(await next("session.created")).toMatchObject({ session: { model: "gpt-realtime-2.1" } });
    realtime.send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
    await next("session.updated");
    const content = [{ type: "input_text" as const, text: "Hi." }];
    realtime.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
    realtime.send({ type: "response.create" });
    expect(await next("response.done")).toMatchObject({
      response: {
        status: "completed",
        output: [{ content: [{ type: "output_text", text: expect.any(String) }] }],
      },
    });
    realtime.close();
  });

  test("joins a call by its id", async () => {
    const dispatcher = new Agent({ connect: unverified });
    const trusting = client.withOptions({ fetchOptions: { dispatcher } });
    const caller = createCaller();
    const session = { type: "realtime" as const };
    const response = await trusting.realtime.calls.create({ sdp: await caller.offer(), session });
    await caller.accept(await response.text());
    await caller.next("session.created");
    const callID = response.headers.get("location")?.split("/").at(-1) ?? "";
    const beside = new OpenAIRealtimeWS({ callID, options: unverified }, client);
    // OpenAI sends nothing to a connection that joins: what answers is asked first.
    const updated = new Promise((resolve) => beside.once("session.updated", resolve));
    beside.socket.once("open", () => beside.send({ type: "session.update", session: { type: "realtime" } }));
    await updated;
    const done = new Promise((resolve) => beside.once("response.done", resolve));
    caller.send({ type: "response.create" });
    expect(await done).toMatchObject({ response: { usage: { total_tokens: expect.any(Number) } } });
    await trusting.realtime.calls.hangup(callID);
    await caller.ended;
    await caller.close();
    await dispatcher.close();
  });
});

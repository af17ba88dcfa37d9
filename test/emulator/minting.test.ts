// Minting at the emulator: what OpenAI accepts, and its errors.
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";

let emulator: Emulator;
let client: OpenAI;
let now: number;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 20, 12);
  emulator = await startEmulator({ apiKey: "sk-right-key-0123456789", now: () => now });
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-right-key-0123456789", maxRetries: 0 });
});
afterEach(async () => {
  await emulator.close();
});

const refusalOf = async (promise: PromiseLike<unknown>) => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  }
  throw new Error("was not refused");
};

const mint = (session: object) =>
  fetch(`${emulator.baseUrl}/realtime/client_secrets`, {
    method: "POST",
    headers: { authorization: "Bearer sk-right-key-0123456789" },
    body: JSON.stringify({ session }),
  });

describe("a client secret", () => {
  test("comes with its expiry and the whole session, defaults filled in", async () => {
    const secret = await client.realtime.clientSecrets.create({
      expires_after: { anchor: "created_at", seconds: 60 },
      session: {
        type: "realtime",
        instructions: "Whisper.",
        audio: {
          input: { turn_detection: { type: "server_vad", silence_duration_ms: 200 } },
          output: { voice: "cedar" },
        },
        tools: [{ type: "function", name: "dance", parameters: { type: "object" } }],
      },
    });
    expect(secret.value).toMatch(/^ek_/);
    expect(secret.expires_at).toBe(now / 1000 + 60);
    expect(secret.session).toMatchObject({
      type: "realtime",
      object: "realtime.session",
      id: expect.stringMatching(/^sess_/),
      model: "gpt-realtime-2.1",
      instructions: "Whisper.",
      tools: [{ name: "dance" }],
      expires_at: 0,
      audio: {
        input: { turn_detection: { threshold: 0.5, silence_duration_ms: 200, create_response: true } },
        output: { voice: "cedar", format: { type: "audio/pcm", rate: 24000 } },
      },
    });
  });

  test("lasts ten minutes when nothing else is said", async () => {
    const secret = await client.realtime.clientSecrets.create({});
    expect(secret.expires_at).toBe(now / 1000 + 600);
    expect(secret.session).toMatchObject({ type: "realtime" });
  });

  test("can be for transcription only", async () => {
    const secret = await client.realtime.clientSecrets.create({
      session: {
        type: "transcription",
        audio: { input: { transcription: { model: "gpt-live-transcribe" } } },
      },
    });
    expect(secret.session).toMatchObject({ type: "transcription", object: "realtime.transcription_session" });
    expect(secret.session).not.toHaveProperty("model");
  });

  test("starts sessions until it expires, and none after", async () => {
    const { value } = await client.realtime.clientSecrets.create({ expires_after: { seconds: 10 } });
    const call = () =>
      fetch(`${emulator.baseUrl}/realtime/calls`, {
        method: "POST",
        headers: { authorization: `Bearer ${value}`, "content-type": "application/sdp" },
        body: "no offer",
      });
    now += 9_999;
    // The key is good: what is refused is the offer.
    expect((await call()).status).toBe(400);
    now += 1;
    const late = await call();
    expect(late.status).toBe(401);
    expect(await late.json()).toMatchObject({ error: { code: "token_expired" } });
  });

  test.each([5, 7201, 60.5])("cannot last %d seconds", async (seconds) => {
    const refusal = await refusalOf(client.realtime.clientSecrets.create({ expires_after: { seconds } }));
    expect(refusal).toMatchObject({ status: 400, param: "expires_after.seconds" });
  });

  test("is not given for a wrong key, and the refusal shows parts of that key as OpenAI's does", async () => {
    const wrong = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-wrong-key-9876543210" });
    const refusal = await refusalOf(wrong.realtime.clientSecrets.create({}));
    expect(refusal).toMatchObject({ status: 401, code: "invalid_api_key", type: "invalid_request_error" });
    expect(refusal.message).toMatch(/sk-wrong\*+3210/);
    expect(refusal.requestID).toMatch(/^req_/);
    const without = await fetch(`${emulator.baseUrl}/realtime/client_secrets`, { method: "POST" });
    expect(without.status).toBe(401);
  });
});

describe("a session that OpenAI would not take", () => {
  test.each([
    ["a beta voice", { type: "realtime", voice: "alloy" }, "unknown_parameter", "session.voice"],
    [
      "beta modalities",
      { type: "realtime", modalities: ["audio"] },
      "unknown_parameter",
      "session.modalities",
    ],
    ["a temperature", { type: "realtime", temperature: 0.8 }, "unknown_parameter", "session.temperature"],
    ["no type", { model: "gpt-realtime-2.1" }, "missing_required_parameter", "session.type"],
    ["another type", { type: "translation" }, "invalid_value", "session.type"],
    [
      "text and audio together",
      { type: "realtime", output_modalities: ["audio", "text"] },
      "invalid_value",
      "session.output_modalities",
    ],
    [
      "instructions that are no text",
      { type: "realtime", instructions: 7 },
      "invalid_type",
      "session.instructions",
    ],
    [
      "an unknown field deep inside",
      { type: "realtime", audio: { input: { gain: 1 } } },
      "unknown_parameter",
      "session.audio.input.gain",
    ],
    [
      "an unknown field of turn detection",
      { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", eagerness: "low" } } } },
      "unknown_parameter",
      "session.audio.input.turn_detection.eagerness",
    ],
    [
      "a voice nobody has",
      { type: "realtime", audio: { output: { voice: "bob" } } },
      "invalid_value",
      "session.audio.output.voice",
    ],
    [
      "a tool without a name",
      { type: "realtime", tools: [{ type: "function" }] },
      "missing_required_parameter",
      "session.tools[0].name",
    ],
    [
      "a strict tool",
      { type: "realtime", tools: [{ type: "function", name: "t", strict: true }] },
      "unknown_parameter",
      "session.tools[0].strict",
    ],
    [
      "a model for transcription sessions",
      { type: "transcription", model: "gpt-realtime" },
      "unknown_parameter",
      "session.model",
    ],
    [
      "a model that was shut down",
      { type: "realtime", model: "gpt-4o-realtime-preview-2024-12-17" },
      "model_not_found",
      "model",
    ],
  ])("with %s is refused by name", async (_case, session, code, param) => {
    const response = await mint(session);
    expect(await response.json()).toEqual({
      error: {
        type: "invalid_request_error",
        code,
        param,
        message: expect.stringContaining(String(param).split(".").at(-1) === "model" ? "model" : ""),
      },
    });
    expect(response.status).toBe(code === "model_not_found" ? 404 : 400);
  });

  test("says it in OpenAI's words", async () => {
    const { error } = (await (await mint({ type: "realtime", voice: "alloy" })).json()) as {
      error: { message: string };
    };
    expect(error.message).toBe("Unknown parameter: 'session.voice'.");
  });
});

describe("the removed beta", () => {
  test.each(["/realtime/sessions", "/realtime/transcription_sessions", "/realtime"])(
    "%s fails",
    async (path) => {
      const response = await fetch(emulator.baseUrl + path, {
        method: "POST",
        headers: { authorization: "Bearer sk-right-key-0123456789" },
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: "beta_api_shape_disabled" } });
    },
  );

  test("is refused by its header too", async () => {
    const beta = new OpenAI({
      baseURL: emulator.baseUrl,
      apiKey: "sk-right-key-0123456789",
      defaultHeaders: { "OpenAI-Beta": "realtime=v1" },
    });
    expect(await refusalOf(beta.realtime.clientSecrets.create({}))).toMatchObject({
      status: 400,
      code: "beta_api_shape_disabled",
    });
  });
});

describe("models", () => {
  test("are listed with their shutdown dates", async () => {
    const { data } = await client.models.list();
    expect(data.find(({ id }) => id === "gpt-realtime")).toMatchObject({
      object: "model",
      shutdown_date: "2027-01-20",
    });
    expect(await client.models.retrieve("gpt-realtime-2.1")).toMatchObject({ shutdown_date: null });
    expect(await refusalOf(client.models.retrieve("gpt-4o-realtime-preview"))).toMatchObject({ status: 404 });
  });
});

describe("pages from anywhere", () => {
  test("may call it and may read where the call is", async () => {
    const preflight = await fetch(`${emulator.baseUrl}/realtime/calls`, {
      method: "OPTIONS",
      headers: {
        origin: "https://page.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-openai-agents-sdk",
      },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toBe(
      "authorization,content-type,x-openai-agents-sdk",
    );
    const refused = await fetch(`${emulator.baseUrl}/realtime/calls`, {
      method: "POST",
      headers: { origin: "https://page.example" },
    });
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    expect(refused.headers.get("access-control-expose-headers")).toContain("Location");
  });
});

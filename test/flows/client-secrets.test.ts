// OpenAI's own package against the broker, with a token of ours: it mints as if this were OpenAI.
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";

const token = "ada-0123456789abcdef";
const yaml = `
callers: { tokens: [{ name: ada, token: ${token} }, { name: bob, token: bob-0123456789abcdef }] }
profiles:
  default:
    session:
      type: realtime
      model: gpt-realtime-2.1
      instructions: The house's secret words.
      audio: { output: { voice: marin } }
    ttl_seconds: 120
    tools: [current_time]
    overrides: [audio.output.speed]
  notes:
    session: { type: transcription, audio: { input: { transcription: { model: gpt-transcribe } } } }
    allow: ["token:ada"]
limits: { mints: { caller: 50 per minute } }
`;
const session = { type: "realtime", model: "gpt-realtime-2.1" } as const;

let upstream: EmulatedOpenAi;
let broker: TestBroker;
beforeAll(async () => {
  upstream = await emulateOpenAi();
  broker = await createTestBroker({ openai: upstream.baseUrl, yaml });
});
afterAll(async () => {
  await broker.stop();
  await upstream[Symbol.asyncDispose]();
});

const clientOf = (apiKey: string, more: object = {}) =>
  new OpenAI({ baseURL: `${broker.url}/v1`, apiKey, maxRetries: 0, ...more });

describe("the openai package", () => {
  it("mints with a user's own token, and gets the profile's session, not its secrets", async () => {
    const secret = await clientOf(token).realtime.clientSecrets.create({ session });
    expect(secret.value).toMatch(/^ek_/);
    expect(secret.expires_at).toBeGreaterThan(Date.now() / 1000 + 100);
    expect(secret.session).toMatchObject({
      object: "realtime.session",
      type: "realtime",
      model: "gpt-realtime-2.1",
      audio: { output: { voice: "marin" } },
    });
    expect(JSON.stringify(secret)).not.toMatch(/secret words|current_time/);
    const [sent] = (await upstream.mints()).slice(-1);
    expect(sent?.body.session).toMatchObject({
      instructions: "The house's secret words.",
      tools: [{ name: "current_time" }],
    });
    expect(sent?.headers.authorization).toBe("Bearer sk-test-broker");
    expect(broker.logs.at(-1)).toMatchObject({ route: "/v1/realtime/client_secrets", profile: "default" });
  });

  it("may ask for a shorter life, and never gets a longer one than the profile's", async () => {
    const asking = (seconds: number) =>
      clientOf(token).realtime.clientSecrets.create({
        expires_after: { anchor: "created_at", seconds },
        session,
      });
    await asking(30);
    await asking(7200);
    const sent = (await upstream.mints()).slice(-2);
    expect(sent.map(({ body }) => body.expires_after.seconds)).toEqual([30, 120]);
  });

  it("may set what the profile allows, and is told what it does not", async () => {
    const client = clientOf(token);
    await client.realtime.clientSecrets.create({
      session: { ...session, audio: { output: { speed: 1.25, voice: "marin" } } },
    });
    expect((await upstream.mints()).at(-1)?.body.session).toMatchObject({
      audio: { output: { speed: 1.25 } },
    });
    for (const [more, param] of [
      [{ instructions: "Say anything." }, "session.instructions"],
      [{ model: "gpt-realtime-2" }, "session.model"],
      [{ audio: { output: { voice: "cedar" } } }, "session.audio.output.voice"],
      [{ tools: [] }, "session.tools"],
    ] as const) {
      const asked = client.realtime.clientSecrets.create({ session: { ...session, ...more } as never });
      await expect(asked).rejects.toMatchObject({ status: 422, code: "key-request-invalid", param });
    }
  });

  it("names another profile in its query", async () => {
    const client = clientOf(token, { defaultQuery: { profile: "notes" } });
    const { session: told } = await client.realtime.clientSecrets.create({});
    expect(told).toMatchObject({ object: "realtime.transcription_session", model: "gpt-transcribe" });
    const stranger = clientOf("bob-0123456789abcdef", { defaultQuery: { profile: "notes" } });
    await expect(stranger.realtime.clientSecrets.create({})).rejects.toBeInstanceOf(
      OpenAI.PermissionDeniedError,
    );
  });

  it("raises its own exceptions for our refusals", async () => {
    const unknown = clientOf("nobody-0123456789abcdef").realtime.clientSecrets.create({ session });
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(unknown).rejects.toMatchObject({ code: "invalid_api_key", type: "invalid_request_error" });
    const closed = clientOf(token).fineTuning.jobs.list();
    await expect(closed).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
    const odd = clientOf(token).realtime.clientSecrets.create({ expires_after: { seconds: 5 } });
    await expect(odd).rejects.toMatchObject({ status: 422, param: "expires_after.seconds" });
  });
});

it("waits as long as the limit says, when it is let", async () => {
  await using strict = await createTestBroker({
    openai: upstream.baseUrl,
    yaml: yaml.replace("50 per minute", '"1 per second, 5 per minute"'),
  });
  const client = new OpenAI({ baseURL: `${strict.url}/v1`, apiKey: token, maxRetries: 0 });
  await client.realtime.clientSecrets.create({ session });
  const refused = await client.realtime.clientSecrets.create({ session }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
  expect(refused).toMatchObject({ code: "rate_limit_exceeded", type: "requests" });
  expect((refused as InstanceType<typeof OpenAI.RateLimitError>).headers?.get("retry-after")).toBe("1");
  const patient = new OpenAI({ baseURL: `${strict.url}/v1`, apiKey: token, maxRetries: 2 });
  expect((await patient.realtime.clientSecrets.create({ session })).value).toMatch(/^ek_/);
});

it("answers a page's preflight with the headers that OpenAI's package adds", async () => {
  await using open = await createTestBroker({
    openai: upstream.baseUrl,
    yaml: `${yaml}\ncors: { origins: ["https://app.example.com"] }`,
  });
  const answer = await open.fetch("/v1/realtime/client_secrets", {
    method: "OPTIONS",
    headers: {
      origin: "https://app.example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-stainless-lang",
    },
  });
  expect(answer.headers.get("access-control-allow-headers")).toContain("x-stainless-lang");
  const elsewhere = await open.fetch("/v1/realtime/client_secrets", {
    method: "OPTIONS",
    headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
  });
  expect(elsewhere.headers.get("access-control-allow-origin")).toBeNull();
});

// GET and POST /ephemeral-key, from the caller's request to what OpenAI gets and the caller sees.
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";

const tokens = { alice: "alice-0123456789abcdef", bob: "bob-0123456789abcdefgh" };
const yaml = `
callers:
  tokens:
    - { name: alice, token: ${tokens.alice} }
    - { name: bob, token: ${tokens.bob} }
profiles:
  default:
    session:
      type: realtime
      model: gpt-realtime-2.1
      instructions: Never tell anybody the word xyzzy.
      audio: { input: { turn_detection: { type: server_vad, threshold: 0.4 } }, output: { voice: marin } }
    ttl_seconds: 45
    tools: [current_time]
    overrides: [audio.output.voice, audio.input.turn_detection]
  dictation:
    session: { type: transcription, audio: { input: { transcription: { model: gpt-transcribe } } } }
  private:
    session: { type: realtime, model: gpt-realtime-2.1 }
    allow: ["token:alice"]
`;
const as = (name: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[name]}` });
const post = (name: keyof typeof tokens, body: unknown) => ({
  method: "POST",
  headers: { ...as(name), "content-type": "application/json" },
  body: JSON.stringify(body),
});

const start = async () => {
  const openai = await emulateOpenAi();
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  return {
    openai,
    broker,
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await openai[Symbol.asyncDispose]();
    },
  };
};

it("answers with a key at the top, where tutorials look for it, and where to take it", async () => {
  await using flow = await start();
  const answer = await flow.broker.fetch("/ephemeral-key", { headers: as("alice") });
  const key = (await answer.json()) as { expires_at: number };
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(key).toEqual({
    value: expect.stringMatching(/^ek_/),
    expires_at: expect.any(Number),
    profile: "default",
    usage_reports: true,
    session: {
      id: expect.stringMatching(/^sess_/),
      type: "realtime",
      model: "gpt-realtime-2.1",
      output_modalities: ["audio"],
      voice: "marin",
    },
    connect: {
      webrtc: `${flow.openai.baseUrl}/realtime/calls`,
      websocket: `${flow.openai.baseUrl.replace("http", "ws")}/realtime`,
    },
  });
  expect(key.expires_at - Date.now() / 1000).toBeGreaterThan(40);
  expect(key.expires_at - Date.now() / 1000).toBeLessThan(46);
});

it("sends OpenAI the profile's session with its tools, and keeps both from the caller", async () => {
  await using flow = await start();
  const answer = await flow.broker.fetch("/ephemeral-key", { headers: as("alice") });
  expect(await answer.text()).not.toMatch(/xyzzy|current_time|instructions|tools/);
  const [mint] = await flow.openai.mints();
  expect(mint?.headers.authorization).toBe("Bearer sk-test-broker");
  expect(mint?.headers).not.toHaveProperty("openai-beta");
  expect(mint?.body.expires_after).toEqual({ anchor: "created_at", seconds: 45 });
  expect(mint?.body.session).toMatchObject({
    type: "realtime",
    instructions: "Never tell anybody the word xyzzy.",
    tools: [{ type: "function", name: "current_time", parameters: { required: ["time_zone"] } }],
  });
});

it("mints a new key for every call, and never hands one out twice", async () => {
  await using flow = await start();
  const ask = async () => (await flow.broker.fetch("/ephemeral-key", { headers: as("alice") })).json();
  const keys = (await Promise.all([ask(), ask(), ask(), ask(), ask()])) as { value: string }[];
  expect(new Set(keys.map(({ value }) => value)).size).toBe(5);
  expect(await flow.openai.mints()).toHaveLength(5);
});

it("tells OpenAI a caller's hashed id: the same each time, another for another, and no name", async () => {
  await using flow = await start();
  for (const name of ["alice", "alice", "bob"] as const) {
    await flow.broker.fetch("/ephemeral-key", { headers: as(name) });
  }
  const ids = (await flow.openai.mints()).map(({ headers }) => headers["openai-safety-identifier"]);
  expect(ids[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
});

it("lets a caller set what the profile allows, each field replaced whole", async () => {
  await using flow = await start();
  const audio = { output: { voice: "cedar" }, input: { turn_detection: { type: "semantic_vad" } } };
  const answer = await flow.broker.fetch("/ephemeral-key", post("alice", { session: { audio } }));
  expect(await answer.json()).toMatchObject({ session: { voice: "cedar" } });
  const [mint] = await flow.openai.mints();
  expect(mint?.body.session.audio).toEqual(audio);
});

it.each([
  [{ instructions: "Obey me." }, "/session/instructions"],
  [{ audio: { output: { voice: "cedar", speed: 1.5 } } }, "/session/audio/output/speed"],
  [{ tools: [] }, "/session/tools"],
  [{ type: "transcription" }, "/session/type"],
  [{ audio: { output: { voice: 7 } } }, "/session/audio/output/voice"],
  [{ audio: { input: { turn_detection: { type: "x" } } } }, "/session/audio/input/turn_detection/type"],
])("refuses the overrides %j by naming the field, and mints nothing", async (session, pointer) => {
  await using flow = await start();
  const answer = await flow.broker.fetch("/ephemeral-key", post("alice", { session }));
  expect(answer.status).toBe(422);
  const problem = (await answer.json()) as { type: string; errors: { pointer: string }[] };
  expect(problem.type).toBe("/problems/key-request-invalid");
  expect(problem.errors.map((error) => error.pointer)).toEqual([pointer]);
  expect(await flow.openai.mints()).toEqual([]);
});

it("mints for transcription, by the profile's name in the address or in the body", async () => {
  await using flow = await start();
  const byQuery = await flow.broker.fetch("/ephemeral-key?profile=dictation", { headers: as("bob") });
  const byBody = await flow.broker.fetch("/ephemeral-key", post("bob", { profile: "dictation" }));
  for (const answer of [byQuery, byBody]) {
    expect(await answer.json()).toMatchObject({
      profile: "dictation",
      session: { type: "transcription", model: "gpt-transcribe", voice: null },
    });
  }
});

it.each([
  ["bob", "/ephemeral-key?profile=private", 403, "profile-forbidden"],
  ["bob", "/ephemeral-key?profile=nope", 422, "profile-unknown"],
  ["bob", "/ephemeral-key?profil=default", 422, "key-request-invalid"],
  ["bob", "/ephemeral-key?profile=default&profile=private", 422, "key-request-invalid"],
] as const)("%s asking %s gets %i %s", async (name, path, status, code) => {
  await using flow = await start();
  const answer = await flow.broker.fetch(path, { headers: as(name) });
  expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
    status,
    `/problems/${code}`,
  ]);
  expect(await flow.openai.mints()).toEqual([]);
});

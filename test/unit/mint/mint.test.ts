// From a key request to a grant, and from a grant to a key.
import { expect, it } from "vitest";
import { createMinting, modelOf, safeSession } from "../../../server/mint/mint.ts";
import type { FunctionTool } from "../../../server/profiles/compose.ts";
import { type Profile, profileSchema } from "../../../server/profiles/profile.ts";
import { Secret } from "../../../server/secret.ts";
import type { MintedKey, MintRequest } from "../../../server/upstream/upstream.ts";
import { alice } from "../../support/facts.ts";
import { unsupervised } from "../../support/supervision.ts";

const profileOf = (name: string, more: object = {}): Profile => ({
  name,
  ...profileSchema.parse({ session: { type: "realtime", model: "gpt-realtime" }, ttl_seconds: 600, ...more }),
});
const weather: FunctionTool = { type: "function", name: "weather", description: "", parameters: {} };
const profiles = [
  profileOf("default", { overrides: ["model"], tools: ["weather"] }),
  profileOf("guests", { allow: ["guests"] }),
  profileOf("words", {
    session: { type: "transcription", audio: { input: { transcription: { model: "whisper-1" } } } },
  }),
];
const { grant } = createMinting({
  ...{ profiles, hashIdentity: (id) => id, callTimeoutMs: 1000 },
  serverTools: () => [],
  offeredTools: ({ tools }) => (tools.length > 0 ? [weather] : []),
  upstream: { mint: () => expect.unreachable(), relay: () => expect.unreachable() },
});

it("a key request that names nothing gets the profile called default, its tools and its time", () => {
  expect(grant(alice, {})).toEqual({
    ...{ profile: "default", model: "gpt-realtime", ttlSeconds: 600 },
    session: { type: "realtime", model: "gpt-realtime", tools: [weather] },
    ...unsupervised,
  });
});

it("the model is the one that the caller asks for where they may, and a transcription's own", () => {
  expect(grant(alice, { session: { model: "gpt-realtime-mini" } }).model).toBe("gpt-realtime-mini");
  expect(grant(alice, { profile: "words" })).toMatchObject({ profile: "words", model: "whisper-1" });
});

it.each([
  [undefined, 600],
  [60, 60],
  [7200, 600],
])(
  "a key of %s seconds lives for %i: a caller may ask for less than the profile's time",
  (asked, seconds) => {
    expect(grant(alice, { ttlSeconds: asked }).ttlSeconds).toBe(seconds);
  },
);

it.each([
  ["a profile that does not exist", { profile: "none" }, "profile-unknown"],
  ["a profile for others", { profile: "guests" }, "profile-forbidden"],
  ["a field that may not be set", { session: { instructions: "x" } }, "key-request-invalid"],
])("%s is refused", (_, keyRequest, code) => {
  expect(() => grant(alice, keyRequest)).toThrow(expect.objectContaining({ code }));
});

const connect = { webrtc: "https://openai.example/v1/realtime/calls", websocket: "wss://openai.example" };
const minted: MintedKey = {
  ...{ value: new Secret("ek_1"), expiresAt: 2_000_000_000, connect, requestId: "req_1", upstreamKey: "eu" },
  session: { id: "sess_1", model: "gpt-realtime-2.1", instructions: "secret" },
};
const granted = {
  profile: "default",
  ...{ session: { type: "realtime" as const, model: "gpt-realtime", instructions: "secret" } },
  ...{ model: "gpt-realtime", ttlSeconds: 60 },
  ...unsupervised,
};
const { signal } = new AbortController();

const mintingOver = (mint: (request: MintRequest) => Promise<MintedKey>) =>
  createMinting({
    ...{
      profiles: [],
      offeredTools: () => [],
      serverTools: () => [],
      hashIdentity: (id) => `hash of ${id}`,
      callTimeoutMs: 1000,
    },
    upstream: { mint, relay: () => expect.unreachable() },
  });

it("OpenAI is told the session, its time, and who it is for by a hash only", async () => {
  const asked: MintRequest[] = [];
  const { mint } = mintingOver(async (request) => {
    asked.push(request);
    return minted;
  });
  await mint(alice, granted, signal);
  const { session, model, ttlSeconds } = granted;
  expect(asked).toEqual([
    ...[{ session, model, ttlSeconds, callerId: alice.id, safetyIdentifier: "hash of token:alice", signal }],
  ]);
});

it("the answer has the key and the safe part of the session; the log learns the rest", async () => {
  const { mint } = mintingOver(async () => minted);
  expect(await mint(alice, granted, signal)).toEqual({
    key: {
      ...{ value: new Secret("ek_1"), expires_at: 2_000_000_000, profile: "default", connect },
      session: {
        ...{
          id: "sess_1",
          type: "realtime",
          model: "gpt-realtime-2.1",
          output_modalities: null,
          voice: null,
        },
      },
    },
    ...{ openAiRequestId: "req_1", upstreamKey: "eu" },
  });
});

it("each call mints a key of its own", async () => {
  let count = 0;
  const { mint } = mintingOver(async () => {
    count += 1;
    return { ...minted, value: new Secret(`ek_${count}`) };
  });
  const keys = await Promise.all([mint(alice, granted, signal), mint(alice, granted, signal)]);
  expect(keys.map(({ key }) => key.value.reveal())).toEqual(["ek_1", "ek_2"]);
});

it("a failure of OpenAI's is passed on as it is", async () => {
  const failure = new Error("refused");
  const { mint } = mintingOver(() => Promise.reject(failure));
  await expect(mint(alice, granted, signal)).rejects.toBe(failure);
});

it("id, type, model, modalities and voice leave; instructions, tools and whatever comes later stay", () => {
  const echo = {
    ...{ id: "sess_1", type: "realtime", model: "gpt-realtime", output_modalities: ["audio"] },
    ...{ instructions: "secret", tools: [{ type: "mcp", authorization: "secret" }], prompt: "secret" },
    audio: { output: { voice: "marin", secret: "secret" }, input: { secret: "secret" } },
    client_secret: { value: "secret" },
  };
  expect(safeSession("realtime", echo)).toEqual({
    ...{
      id: "sess_1",
      type: "realtime",
      model: "gpt-realtime",
      output_modalities: ["audio"],
      voice: "marin",
    },
  });
});

it("a voice of one's own is told by its id", () => {
  const echo = { audio: { output: { voice: { id: "voice_1", name: "secret" } } } };
  expect(safeSession("realtime", echo).voice).toBe("voice_1");
});

it("what OpenAI did not say, or said in another form, is null", () => {
  const nothing = { id: null, type: "transcription", model: null, output_modalities: null, voice: null };
  expect(safeSession("transcription", {})).toEqual(nothing);
  const strange = {
    ...{ id: 1, model: { secret: "secret" }, output_modalities: "audio" },
    audio: { output: { voice: { id: 2 } } },
  };
  expect(safeSession("transcription", strange)).toEqual(nothing);
  expect(safeSession("realtime", { audio: null }).voice).toBeNull();
  expect(safeSession("realtime", { output_modalities: ["text", { a: 1 }] }).output_modalities).toEqual([
    "text",
  ]);
});

it("the type is the one that was asked for, whatever the echo says", () => {
  expect(safeSession("transcription", { type: "realtime" }).type).toBe("transcription");
});

it.each([
  ["a session", { model: "gpt-realtime" }, "gpt-realtime"],
  ["a transcription", { audio: { input: { transcription: { model: "whisper-1" } } } }, "whisper-1"],
  [
    "a session that transcribes too",
    { model: "gpt-realtime", audio: { input: { transcription: { model: "whisper-1" } } } },
    "gpt-realtime",
  ],
  ["a session without one", { audio: { input: null } }, undefined],
  ["a session with something else in its place", { model: 1, audio: "loud" }, undefined],
  ["a session with something else deeper", { audio: { input: { transcription: "loud" } } }, undefined],
])("the model of %s", (_, session, model) => {
  expect(modelOf(session)).toBe(model);
});

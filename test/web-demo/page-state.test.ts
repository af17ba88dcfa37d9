// What the voice page shows after each event.
import { expect, test } from "vitest";
import type { EphemeralKey } from "../../client/answers.ts";
import { clockText, keyLife } from "../../web-demo/state/key-life.ts";
import {
  initialState,
  type PageEvent,
  type PageState,
  reduceState,
} from "../../web-demo/state/page-state.ts";
import { layOut, layOutArguments } from "../../web-demo/state/tool-answer.ts";
import { parametersOf, profilesOf } from "../../web-demo/state/tool-hints.ts";
import { unwrittenReader } from "../../web-demo/state/unwritten.ts";
import { upstreamBadge } from "../../web-demo/state/upstream.ts";
import { tokenInFragment, tokenStore } from "../../web-demo/token-store.ts";

const key = (expires_at: number): EphemeralKey => ({
  value: "ek_test",
  expires_at,
  profile: "default",
  session: {
    id: "sess_1",
    type: "realtime",
    model: "gpt-realtime-2.1",
    output_modalities: ["audio"],
    voice: "marin",
  },
  connect: {
    webrtc: "https://api.openai.com/v1/realtime/calls",
    websocket: "wss://api.openai.com/v1/realtime",
  },
});

const after = (...events: PageEvent[]): PageState =>
  events.reduce(reduceState, initialState("default", false, 100));
const live: PageEvent[] = [
  { type: "connection-changed", connection: "connecting", now: 100 },
  { type: "key-minted", key: key(160), now: 100 },
  { type: "connection-changed", connection: "live", now: 102 },
];
const said = (id: string, text: string, final: boolean): PageEvent => ({
  type: "line-spoken",
  line: { id, role: "assistant", text, final },
});
const called = (status: "running" | "answered"): PageEvent => ({
  type: "tool-called",
  call: { id: "call_1", name: "current_time", arguments: "{}", status },
});

test("words that the profile has no transcription for have their place, and the first says why", () => {
  const unwritten = unwrittenReader();
  const spoken = (id: string) => unwritten({ type: "input_audio_buffer.committed", item_id: id });
  const session = (transcription: object | null) =>
    unwritten({ type: "session.created", session: { audio: { input: { transcription } } } });
  session({ model: "gpt-transcribe" });
  expect(spoken("item_1")).toBeUndefined();
  session(null);
  const ids = [spoken("item_2"), spoken("item_3")].map(String);
  const { entries } = after(...live, ...ids.map((id) => ({ type: "words-unwritten" as const, id })));
  expect(entries).toEqual([
    { kind: "unwritten", key: "line item_2", profile: "default" },
    { kind: "unwritten", key: "line item_3", profile: undefined },
  ]);
});

test("a line that grows, and a call that is answered, keep their places", () => {
  const { entries } = after(
    said("a", "Let", false),
    called("running"),
    said("a", "Let me", true),
    called("answered"),
  );
  expect(entries).toMatchObject([
    { kind: "line", line: { text: "Let me", final: true } },
    { kind: "tool", call: { status: "answered" } },
  ]);
});

test("when the session ends, nothing is left growing or running", () => {
  const ended: PageEvent = { type: "connection-changed", connection: "stopped", now: 110 };
  const { entries, liveSince } = after(...live, said("a", "It is", false), called("running"), ended);
  expect(liveSince).toBeUndefined();
  expect(entries).toMatchObject([
    { line: { final: true } },
    { call: { status: "failed", answer: { error: "The session ended before the tool answered." } } },
  ]);
});

test("a new session is marked, but only where something was said before", () => {
  expect(after(...live).entries).toEqual([]);
  expect(after(...live, said("a", "Hi", true), ...live, ...live).entries.map(({ kind }) => kind)).toEqual([
    "line",
    "session",
  ]);
});

test("a day of talking does not fill the memory", () => {
  const talk = Array.from({ length: 500 }, (_, index) => said(`line ${index}`, "word", true));
  expect(after(...talk).entries).toHaveLength(400);
});

test("counts the key's seconds, and says what its end means", () => {
  const tick = (now: number): PageEvent => ({ type: "second-passed", now });
  expect(keyLife(after(...live))).toEqual({ kind: "running", seconds: 58, share: 58 / 60 });
  expect(keyLife(after(...live, tick(160)))).toMatchObject({
    sentence: expect.stringContaining("session goes on"),
  });
  const stopped: PageEvent = { type: "connection-changed", connection: "stopped", now: 161 };
  expect(keyLife(after(...live, stopped))).toMatchObject({
    sentence: expect.stringContaining("fetches a new key"),
  });
  expect([clockText(42), clockText(185), clockText(3600)]).toEqual(["42 s", "3:05", "1:00:00"]);
});

test("a new start forgets the old key and the old problem", () => {
  const problem = { title: "No", detail: "Because." };
  const state = after(...live, { type: "problem-met", problem, soft: false }, live[0] as PageEvent);
  expect(state).toMatchObject({ key: undefined, problem: undefined });
});

test("a soft problem stands in the conversation, a hard one on its card", () => {
  const problem = { title: "Hm", detail: "Not so." };
  expect(after({ type: "problem-met", problem, soft: true })).toMatchObject({
    entries: [{ kind: "note" }],
    problem: undefined,
  });
  expect(after({ type: "problem-met", problem, soft: false })).toMatchObject({ entries: [], problem });
});

test("names the other side honestly", () => {
  const name = (url: string) => upstreamBadge(url).name;
  expect(name("https://eu.api.openai.com/v1/realtime/calls")).toBe("OpenAI");
  expect(name("https://mine.openai.azure.com/openai/v1/realtime/calls")).toBe("Azure OpenAI");
  expect(name("http://127.0.0.1:4433/v1/realtime/calls")).toBe("Local emulator");
  expect(name("https://api.openai.com.example.org/")).toBe("Not OpenAI");
  expect(name("http://api.openai.com/")).toBe("Not OpenAI");
});

test("lays flat answers out in rows, and shows everything else as it is", () => {
  expect(layOutArguments('{"value":26.2,"from":"mile"}')).toEqual({
    kind: "rows",
    rows: [
      ["value", "26.2"],
      ["from", "mile"],
    ],
  });
  expect(layOutArguments('{"value":')).toEqual({ kind: "text", text: '{"value":' });
  expect(layOut({ deep: { er: 1 } })).toMatchObject({
    kind: "text",
    text: expect.stringContaining('"er": 1'),
  });
  expect(layOut("plain words")).toEqual({ kind: "text", text: "plain words" });
});

test("reads a tool's arguments from its schema, however strange", () => {
  const tool = { name: "t", description: "", profiles: ["support"] };
  const properties = { a: { type: "string" }, b: { enum: [1] }, c: { type: ["number", "null"] }, d: true };
  expect(parametersOf({ ...tool, parameters: { properties, required: ["a"] } })).toEqual([
    { name: "a", type: "string", required: true },
    { name: "b", type: "choice", required: false },
    { name: "c", type: "number or null", required: false },
    { name: "d", type: "any", required: false },
  ]);
  expect(parametersOf({ ...tool, parameters: {} })).toEqual([]);
  expect(profilesOf([{ ...tool, parameters: {} }], "default")).toEqual(["default", "support"]);
});

test("a browser that refuses storage still keeps the token until the tab is closed", () => {
  const store = tokenStore(() => {
    throw new Error("storage is off");
  });
  store.keep("a-token");
  expect(store.read()).toBe("a-token");
  store.forget();
  expect(store.read()).toBeUndefined();
});

test.each([
  ["#token=Ab0-_.~+/=", "Ab0-_.~+/="],
  ["#token=", undefined],
  ["", undefined],
  ["#conversation", undefined],
  ["#xtoken=a", undefined],
  ["#token=a b", undefined],
  ["#token=a&token=b", undefined],
  ["#token=%3Cscript%3E", undefined],
])("finds the token in the address's fragment %j", (fragment, token) => {
  expect(tokenInFragment(fragment)).toBe(token);
});

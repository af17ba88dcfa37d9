// What the page changes without leave, and what the service does about it.
import { expect, it } from "vitest";
import type { VoiceSession } from "../../../../server/sessions/session.ts";
import { noTotals } from "../../../../server/sessions/start/new-session.ts";
import { enforce } from "../../../../server/sessions/watchers/enforce.ts";
import { notedControl } from "../../../support/driven-run.ts";
import { NOON, voiceSession } from "../../../support/voice-session.ts";

const tools = [{ type: "function", name: "get_weather", parameters: {} }];
const given = { type: "realtime", instructions: "Be brief.", tools };
/** As OpenAI shows it: with its defaults, and tools in its own way. */
const shown = {
  ...{ type: "realtime", instructions: "Be brief." },
  ...{ tools: [{ ...tools[0], strict: null }], tool_choice: "auto" },
  ...{ max_output_tokens: "inf", output_modalities: ["audio"], prompt: null },
};
const wiped = { ...shown, instructions: "", tools: [] };

type Given = Partial<Pick<VoiceSession, "term" | "totals">> & { overrides?: string[] };

const setUp = ({ overrides = [], ...more }: Given = {}) => {
  const { control, noted } = notedControl(voiceSession({ session: given, ...more }));
  let now = NOON;
  const troubles: unknown[] = [];
  const watcher = enforce({
    overridesOf: () => overrides,
    clock: { now: () => now },
    emit: (event) => troubles.push((event as { what?: string }).what),
  })(control);
  const take = () => noted.splice(0);
  return {
    ...{ watcher, take, troubles },
    pass: (ms: number) => {
      now += ms;
    },
    update: (session: Record<string, unknown>) => watcher.onFact({ kind: "updated", session }),
    begin: (response: Record<string, unknown> = {}) =>
      watcher.onFact({ kind: "response-began", responseId: "resp_1", response }),
  };
};

/** One that is joined, and in which the model has spoken. */
const begun = (more: Parameters<typeof setUp>[0] = {}) => {
  const session = setUp(more);
  session.watcher.onJoined?.();
  session.update(shown);
  session.begin();
  session.take();
  return session;
};

const put = (session: object) => ["send", expect.objectContaining({ type: "session.update", session })];
const cancel = ["send", expect.objectContaining({ type: "response.cancel", response_id: "resp_1" })];

it("says what the session is to be as soon as it is joined, and takes OpenAI's answer for it", () => {
  const { watcher, take, update } = setUp();
  watcher.onJoined?.();
  expect(take()).toEqual([put({ ...given })]);
  update(shown);
  update(shown);
  expect(take()).toEqual([]);
});

it("puts other instructions right, with what OpenAI had added by itself", () => {
  const { take, update, troubles } = begun();
  update({ ...shown, instructions: "Talk like a pirate.", max_output_tokens: 5 });
  expect(take()).toEqual([put(expect.objectContaining({ ...given, max_output_tokens: "inf" }))]);
  update(shown);
  expect([take(), troubles]).toEqual([[], ["altered"]]);
});

it("puts right what a client wipes when it connects, before the first word, and does not mind", () => {
  const { watcher, take, update, begin, troubles } = setUp();
  watcher.onJoined?.();
  update(shown);
  take();
  update({ ...shown, tracing: "auto" });
  expect(take()).toEqual([]);
  update(wiped);
  expect(take()).toEqual([put(expect.objectContaining(given))]);
  begin();
  expect(take()).toEqual([cancel]);
  update(shown);
  expect([take(), troubles]).toEqual([["goOn"], []]);
});

it("does not take the page's change for its own, whichever OpenAI tells of first", () => {
  const { take, update, watcher } = begun();
  watcher.onJoined?.();
  take();
  update(wiped);
  expect(take()).toEqual([put(expect.objectContaining(given))]);
  update(shown);
  update(shown);
  expect(take()).toEqual([]);
});

it("gives an answer anew that began under what the page had made of the session", () => {
  const { take, update, begin, troubles } = begun();
  update({ ...wiped, output_modalities: ["text"] });
  take();
  begin({ output_modalities: ["text"] });
  expect(take()).toEqual([cancel]);
  update(shown);
  expect([take(), troubles]).toEqual([["goOn"], ["altered"]]);
});

it("ends a session that is changed twice within ten seconds", () => {
  const { take, update, pass, troubles } = begun();
  update(wiped);
  update(shown);
  pass(10_000);
  take();
  update(wiped);
  expect(take().at(-1)).toEqual(["end", "altered"]);
  expect(troubles).toEqual(["altered", "altered"]);
});

it("ends a session that is changed for the fifth time", () => {
  const { take, update, pass } = begun();
  for (let times = 1; times <= 5; times += 1) {
    expect(take()).not.toContainEqual(["end", "altered"]);
    pass(10_001);
    update(wiped);
    update(shown);
  }
  expect(take()).toContainEqual(["end", "altered"]);
});

it("lets the page change what the profile lets it, and puts that back to the page's own", () => {
  const { take, update, troubles } = begun({ overrides: ["instructions"] });
  const own = { ...shown, instructions: "Mine." };
  update(own);
  expect([take(), troubles]).toEqual([[], []]);
  update({ ...own, tools: [] });
  expect(take()).toEqual([put(expect.objectContaining({ instructions: "Mine.", tools }))]);
});

it("stops a response with other instructions, tools or outside of the conversation", () => {
  for (const response of [{ instructions: "Mine." }, { tools: [] }, { conversation_id: null }]) {
    const { take, begin, troubles } = begun();
    begin(response);
    expect([take(), troubles]).toEqual([[cancel], ["altered"]]);
  }
});

it("takes out a message with the weight of instructions, but its own", () => {
  const { take, watcher, troubles } = begun();
  watcher.onFact({ kind: "instructed", itemId: "own1_i" });
  expect(take()).toEqual([]);
  watcher.onFact({ kind: "instructed", itemId: "item_1" });
  expect(take()).toEqual([
    ["send", expect.objectContaining({ type: "conversation.item.delete", item_id: "item_1" })],
  ]);
  expect(troubles).toEqual(["altered"]);
});

it("ends a session that OpenAI does not let it put right", () => {
  const { take, update, watcher } = begun();
  const error = { kind: "error" as const, code: "bad", message: "" };
  watcher.onFact({ ...error, clientEventId: "own0_put" });
  expect(take()).toEqual([]);
  update(wiped);
  take();
  watcher.onFact({ ...error, clientEventId: "page1" });
  expect(take()).toEqual([]);
  watcher.onFact({ ...error, clientEventId: "own1_put" });
  expect(take()).toEqual([["end", "altered"]]);
});

it.each([
  ["is taken over", { term: 2 }],
  ["is joined late", { totals: { ...noTotals, unseenSeconds: 4 } }],
])("does not take what the page has made of a session for what it was, when it %s", (_, unseen) => {
  const { watcher, take, update } = setUp(unseen);
  watcher.onJoined?.();
  expect(take()).toEqual([put({ ...given, tool_choice: "auto" })]);
  update({ ...shown, instructions: "Mine." });
  expect(take()).toEqual([put(expect.objectContaining(given))]);
  update(shown);
  update(shown);
  expect(take()).toEqual([]);
  update({ ...shown, tools: [] });
  expect(take()).toEqual([put(expect.objectContaining(given))]);
});

it("leaves alone what OpenAI lets no page change", () => {
  const { control, noted } = notedControl(voiceSession({ session: given }));
  const locked = { ...control, dialect: { ...control.dialect, restore: () => undefined } };
  const watcher = enforce({ overridesOf: () => [], clock: { now: () => NOON }, emit: () => {} })(locked);
  watcher.onJoined?.();
  for (let times = 0; times < 9; times += 1) watcher.onFact({ kind: "updated", session: {} });
  expect(noted).toEqual([]);
});

// What the ledger keeps of a request.
import { expect, it } from "vitest";
import type { CountedRefusal } from "../../../server/ledger/ledger.ts";
import type { UsageRecord } from "../../../server/ledger/record.ts";
import { recordEvents, recordOf } from "../../../server/ledger/recorder.ts";
import type { BrokerEvent, Job, Refused, RequestEnded } from "../../../server/observe/event.ts";
import type { VoiceMetered } from "../../../server/observe/voice-event.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";

const at = Date.UTC(2026, 0, 1, 12);
const ofRequest = {
  requestId: "request-1",
  caller: { kind: "user", id: "user:alice", team: "red" },
} as const;
const ended = (more: Partial<RequestEnded>): RequestEnded => ({
  ...{ kind: "request-ended", ...ofRequest, at, method: "POST", route: "/v1/*", path: "/v1/responses" },
  ...{ status: 200, ms: 20, client: undefined, subject: undefined, done: undefined, refusal: undefined },
  ...{ isAborted: false, cutOff: undefined, isQuiet: false, ...more },
});
const done = (job: Job) => ({ ...job, ...ofRequest, seconds: 0.2 });
const refused = (more: Partial<Refused>): Refused => ({
  ...{ kind: "refused", ...ofRequest, code: "too-many-requests", status: 429, subject: undefined },
  ...{ seconds: undefined, limits: undefined, pointers: undefined, reason: undefined, cause: undefined },
  ...more,
});
const spent = { quantities: { ...noQuantities, textIn: 3, textOut: 2 }, costNanoUsd: 700 };
const relayed: Extract<Job, { kind: "relayed" }> = {
  ...{ kind: "relayed", rule: "all", status: 200, model: "gpt", answeredModel: "gpt-2026", upstreamKey: "a" },
  ...{
    openAiRequestId: "req_1",
    cache: undefined,
    countsUsage: true,
    broken: undefined,
    serviceTier: undefined,
  },
  ...{ usage: { prompt_tokens: 3, completion_tokens: 2 }, spent },
};

it("records what a relayed request used, and what it cost", () => {
  const event = ended({ done: done(relayed), tags: ["a"], attempts: [{ key: "a", outcome: "ok", ms: 12 }] });
  expect(recordOf(event)).toEqual({
    ...{ requestId: "request-1", at, kind: "relay", source: "metered", caller: "user:alice", team: "red" },
    ...{ profile: undefined, rule: "all", tool: undefined, upstreamKey: "a", model: "gpt-2026", status: 200 },
    ...{ problem: undefined, isAborted: false, cache: undefined, latencyMs: 20, tags: ["a"], ...spent },
    story: {
      ...{ method: "POST", route: "/v1/*", openAiRequestId: "req_1", session: undefined, limits: undefined },
      ...{ pointers: undefined, attempts: [{ key: "a", outcome: "ok", ms: 12 }], cause: undefined },
    },
  });
});

const metered: VoiceMetered = {
  ...{ kind: "voice-metered", at, sessionId: "vs_1", profile: "sales", model: "gpt", upstreamKey: "a" },
  ...{ caller: ofRequest.caller, tags: ["a"], usageId: "resp_1", of: "response", spent },
};
const recordsOf = (...events: BrokerEvent[]) => {
  const records: UsageRecord[] = [];
  const onEvent = recordEvents({ record: (record) => records.push(record), countRefusal: () => {} });
  for (const event of events) onEvent(event);
  return records;
};

it("records each part of a voice session that is metered, by one name however often it is told", () => {
  const [record, again] = recordsOf(metered, { ...metered, at: at + 5 });
  expect(record).toEqual({
    ...{ requestId: "vs_1:resp_1", at, kind: "voice", source: "metered", caller: "user:alice", team: "red" },
    ...{ profile: "sales", rule: undefined, tool: undefined, upstreamKey: "a", model: "gpt" },
    ...{ status: 200, problem: undefined, isAborted: false, cache: undefined, latencyMs: 0, tags: ["a"] },
    ...{ ...spent, story: { method: "", route: "", session: "vs_1", part: "response" } },
  });
  expect(again?.requestId).toBe(record?.requestId);
});

it("books the voice of all guests as one, since their ids hold addresses", () => {
  const [record] = recordsOf({ ...metered, caller: { kind: "guest", id: "guest:203.0.113.7" } });
  expect(record?.caller).toBe("guest");
});

it("keeps the start of a supervised session apart from minted keys: by itself it costs nothing", () => {
  const started: Job = {
    ...{ kind: "session-started", profile: "sales", model: "gpt", session: "vs_1", upstreamKey: "a" },
    openAiRequestId: "req_3",
  };
  expect(recordOf(ended({ done: done(started) }))).toMatchObject({
    ...{ kind: "session", source: "metered", profile: "sales", costNanoUsd: 0, quantities: noQuantities },
    story: { session: "vs_1", openAiRequestId: "req_3" },
  });
  const ticket: Job = { kind: "ticket-issued", profile: "sales", model: "gpt-realtime", session: "vs_1" };
  expect(recordOf(ended({ done: done(ticket) }))).toMatchObject({ kind: "mint", story: { session: "vs_1" } });
});

it("keeps minted keys apart: what they will be used for is not known", () => {
  const minted: Job = {
    ...{ kind: "minted", profile: "sales", model: "gpt-realtime", session: "sess_1", upstreamKey: "a" },
    openAiRequestId: "req_2",
  };
  expect(recordOf(ended({ done: done(minted) }))).toMatchObject({
    ...{ kind: "mint", source: "minted", profile: "sales", costNanoUsd: undefined, quantities: noQuantities },
    story: { session: "sess_1", openAiRequestId: "req_2" },
  });
});

it("records a tool call, which costs nothing at OpenAI", () => {
  const event = ended({ done: done({ kind: "tool-called", tool: "weather" }) });
  expect(recordOf(event)).toMatchObject({ kind: "tool-call", tool: "weather", costNanoUsd: 0 });
});

it("takes what is booked as it is told, nothing and unknown told apart", () => {
  const free = { ...relayed, cache: "hit", spent: { quantities: noQuantities, costNanoUsd: 0 } } as const;
  expect(recordOf(ended({ done: done(free) }))).toMatchObject({ cache: "hit", costNanoUsd: 0 });
  const record = recordOf(ended({ done: done({ ...relayed, spent: undefined }) }));
  expect(record).toMatchObject({ quantities: noQuantities, costNanoUsd: undefined });
});

it("marks what ended before it was whole, and keeps what is known", () => {
  const broken = ended({ done: done({ ...relayed, broken: new Error("the caller left") }) });
  expect(recordOf(broken)).toMatchObject({ isAborted: true, ...spent, story: { cause: "the caller left" } });
  const left = ended({ isAborted: true, status: 499, subject: { kind: "relay", rule: "all" } });
  expect(recordOf(left)).toMatchObject({ isAborted: true, status: 499, costNanoUsd: undefined });
  expect(recordOf({ ...broken, cutOff: "token-ended" })?.story.cause).toBe("token-ended");
});

it("calls all guests guest: their ids hold addresses", () => {
  const caller = { kind: "guest", id: "guest:203.0.113.7" } as const;
  const event = ended({ caller, done: done({ kind: "tool-called", tool: "weather" }) });
  expect(JSON.stringify(recordOf(event))).not.toContain("203.0.113.7");
  expect(recordOf(event)?.caller).toBe("guest");
});

it("tells why a known caller was refused, without credentials", () => {
  const cause = new Error("bad key sk-abcdefghijklmnop", { cause: new Error("socket closed") });
  const refusal = refused({ cause, limits: ["user 10/min"], subject: { kind: "mint", profile: "sales" } });
  expect(recordOf(ended({ status: 429, refusal }))).toMatchObject({
    ...{ kind: "mint", profile: "sales", status: 429, problem: "too-many-requests", costNanoUsd: 0 },
    story: { limits: ["user 10/min"], cause: "bad key [redacted] socket closed" },
  });
});

it("keeps the status of a call over MCP that failed in an answer that went well", () => {
  const refusal = refused({
    code: "tool-failed",
    status: 502,
    subject: { kind: "tool-call", tool: "weather" },
  });
  expect(recordOf(ended({ status: 200, refusal }))).toMatchObject({ status: 502, problem: "tool-failed" });
});

const recorded = () => {
  const records: UsageRecord[] = [];
  const refusals: CountedRefusal[] = [];
  const ledger = {
    record: (record: UsageRecord) => void records.push(record),
    countRefusal: (refusal: CountedRefusal) => void refusals.push(refusal),
  };
  return { records, refusals, take: recordEvents(ledger) };
};

it("leaves no record of pages, lists and unknown callers, and counts their refusals", () => {
  const { records, refusals, take } = recorded();
  take(ended({ route: "/tools" }));
  take(ended({ caller: undefined, route: "/" }));
  take(ended({ caller: undefined, refusal: refused({ code: "unauthenticated", status: 401 }), status: 401 }));
  take(ended({ refusal: refused({ code: "path-forbidden", status: 403 }), status: 403 }));
  expect(records).toEqual([]);
  expect(refusals).toEqual([
    { at, problem: "unauthenticated", caller: undefined, team: undefined, kind: undefined },
    { at, problem: "path-forbidden", caller: "user:alice", team: "red", kind: undefined },
  ]);
});

it("only counts refusals beyond a hundred of one caller in a minute, so that none fills the disk", () => {
  const { records, refusals, take } = recorded();
  const refusal = refused({ subject: { kind: "relay", rule: "all" } });
  for (let index = 0; index < 150; index += 1) take(ended({ status: 429, refusal }));
  take(ended({ status: 429, refusal, caller: { kind: "user", id: "user:bob" } }));
  take(ended({ done: done(relayed) }));
  expect(records.map(({ caller, status }) => `${caller} ${status}`).slice(99)).toEqual([
    ...["user:alice 429", "user:bob 429", "user:alice 200"],
  ]);
  expect(refusals).toHaveLength(50);
  expect(refusals[0]).toEqual({
    at,
    problem: "too-many-requests",
    caller: "user:alice",
    team: "red",
    kind: "relay",
  });
  take(ended({ at: at + 60_000, status: 429, refusal }));
  expect(records).toHaveLength(103);
});

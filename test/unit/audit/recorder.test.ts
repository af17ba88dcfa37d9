// What of the service's events gets into the audit trail, and what does not.
import { expect, it } from "vitest";
import type { AuditEntry } from "../../../server/audit/entry.ts";
import { auditRecorder } from "../../../server/audit/recorder.ts";
import type { BrokerEvent, RequestEnded } from "../../../server/observe/event.ts";
import type { EventCaller } from "../../../server/observe/event-caller.ts";
import { NOON } from "../../support/audit.ts";

const bob: EventCaller = { kind: "user", id: "user:bob", team: "search" };
const guest: EventCaller = { kind: "guest", id: "guest:203.0.113.7" };

const recorded = (...events: BrokerEvent[]) => {
  const written: AuditEntry[] = [];
  const refusals: AuditEntry[] = [];
  const outputs = {
    write: (entry: AuditEntry) => void written.push(entry),
    writeRefusal: (entry: AuditEntry) => void refusals.push(entry),
  };
  for (const event of events) auditRecorder(outputs, () => NOON)(event);
  return { written, refusals };
};

const minted = (caller: EventCaller): BrokerEvent => ({
  ...{ kind: "minted", requestId: "r1", caller, seconds: 0.2, client: "a1b2" },
  ...{
    profile: "default",
    model: "gpt-realtime",
    session: "sess_1",
    upstreamKey: "eu",
    openAiRequestId: "req_1",
  },
});

const ended = (code: string, status: number, more: Partial<RequestEnded> = {}): RequestEnded => ({
  ...{
    kind: "request-ended",
    requestId: "r2",
    caller: bob,
    at: NOON,
    method: "GET",
    route: "/ephemeral-key",
  },
  ...{ path: "/ephemeral-key", status, ms: 1, client: "a1b2", done: undefined, isAborted: false },
  ...{ cutOff: undefined, isQuiet: false, subject: { kind: "mint", profile: "vip" } },
  refusal: {
    ...{
      kind: "refused",
      requestId: "r2",
      caller: bob,
      code,
      status,
      subject: undefined,
      seconds: undefined,
    },
    ...{ limits: undefined, pointers: undefined, reason: undefined, cause: new Error("secret") },
  },
  ...more,
});

it("says who got a key for which profile, model and session, with which key and from where", () => {
  expect(recorded(minted(bob)).written).toEqual([
    {
      ...{ at: NOON, action: "key-minted", actor: "user:bob", target: "profile:default" },
      details: {
        ...{ team: "search", model: "gpt-realtime", session: "sess_1", openai_request_id: "req_1" },
        ...{ upstream_key: "eu", request_id: "r1", client: "a1b2" },
      },
    },
  ]);
});

it("names no guest's address", () => {
  expect(JSON.stringify(recorded(minted(guest)).written)).not.toContain("203.0.113.7");
  expect(recorded(minted(guest)).written[0]?.actor).toBe("guest");
});

it("takes refusals by policy, and leaves limits, mistakes and OpenAI's own refusals out", () => {
  const others = [
    ended("limit-exceeded", 429),
    ended("not-found", 404),
    ended("upstream-scope-missing", 403),
  ];
  expect(recorded(...others)).toEqual({ written: [], refusals: [] });
  const { refusals } = recorded(ended("profile-forbidden", 403));
  expect(refusals).toEqual([
    {
      ...{ at: NOON, action: "request-refused", actor: "user:bob", target: "profile:vip" },
      details: {
        ...{ problem: "profile-forbidden", team: "search", route: "GET /ephemeral-key" },
        ...{ request_id: "r2", client: "a1b2" },
      },
    },
  ]);
});

it("takes a refusal by policy inside an answer that went well, as over MCP", () => {
  expect(recorded(ended("tool-forbidden", 403, { status: 200 })).refusals).toHaveLength(1);
});

it("takes reached budgets and what operators did", () => {
  const { written } = recorded(
    {
      ...{ kind: "budget-reached", at: NOON, budget: "team", subject: "team:search", threshold: 90 },
      ...{ unit: "cost_usd", used: 270, limit: 300, renewsAt: NOON },
    },
    {
      ...{ kind: "operator-acted", requestId: "r3", caller: bob, at: NOON, client: "a1b2" },
      ...{ action: "token-rotated", target: "user:eve", details: { token: "abcdefghijkl" } },
    },
  );
  expect(written).toEqual([
    expect.objectContaining({ action: "budget-reached", target: "team:search" }),
    expect.objectContaining({ action: "token-rotated", actor: "user:bob", target: "user:eve" }),
  ]);
});

// The one line of each request.
import { expect, it } from "vitest";
import type { JobDone, Refused, RequestEnded } from "../../../server/observe/event.ts";
import { requestLog } from "../../../server/observe/request-log.ts";

const ofRequest = { requestId: "request-1", caller: undefined };
const ended = (more: Partial<RequestEnded>): RequestEnded => ({
  ...{
    kind: "request-ended",
    ...ofRequest,
    at: 0,
    method: "GET",
    route: "/a",
    path: "/a",
    status: 200,
    ms: 1.5,
  },
  ...{ client: undefined, subject: undefined, done: undefined, refusal: undefined },
  ...{ isAborted: false, cutOff: undefined, isQuiet: false, ...more },
});
const refusal = (more: Partial<Refused>): Refused => ({
  ...{
    kind: "refused",
    ...ofRequest,
    code: "not-found",
    status: 404,
    subject: undefined,
    seconds: undefined,
  },
  ...{ limits: undefined, pointers: undefined, reason: undefined, cause: undefined },
  ...more,
});
const minted: JobDone = {
  ...{ kind: "minted", profile: "default", model: "m", session: "sess_1", upstreamKey: "eu" },
  ...{ openAiRequestId: "req_1", ...ofRequest, seconds: 1 },
};
const relayed: Extract<JobDone, { kind: "relayed" }> = {
  ...{ kind: "relayed", rule: "all", status: 200, model: "gpt", upstreamKey: "eu", cache: "miss" },
  ...{ openAiRequestId: "req_1", countsUsage: true, broken: undefined, ...ofRequest, seconds: 1 },
  usage: { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 1 } },
  ...{ answeredModel: undefined, countsUsage: true, serviceTier: undefined },
};

/** The line as JSON has it, and its severity. */
const lineOf = (more: Partial<RequestEnded>) => {
  const lines: { severity: string; fields: Record<string, unknown> }[] = [];
  const write = (severity: string, _: string, fields: object) =>
    void lines.push({ severity, fields: JSON.parse(JSON.stringify(fields)) as never });
  const log = requestLog({ write }, ({ kind, id }) => (kind === "guest" ? undefined : `hash of ${id}`));
  log(ended(more));
  const [line, ...others] = lines;
  if (!line || others.length > 0) throw new Error("one request has one line");
  return line;
};

it("a plain request is a short line", () => {
  expect(lineOf({})).toEqual({
    severity: "info",
    fields: { request_id: "request-1", method: "GET", route: "/a", status: 200, ms: 1.5 },
  });
});

it("says under which identifier OpenAI knows the caller, where OpenAI is told of the caller", () => {
  const caller = { kind: "user", id: "user:bob" } as const;
  const identifierIn = (more: Partial<RequestEnded>) => lineOf({ caller, ...more }).fields.safety_identifier;
  expect(identifierIn({ subject: { kind: "mint", profile: "default" } })).toBe("hash of user:bob");
  expect(identifierIn({ subject: { kind: "relay", rule: "default" } })).toBe("hash of user:bob");
  expect(identifierIn({ subject: { kind: "tool-call", tool: "weather" } })).toBeUndefined();
  const guest = { kind: "guest", id: "guest:192.0.2.1" } as const;
  expect(identifierIn({ caller: guest, subject: { kind: "mint", profile: "x" } })).toBeUndefined();
});

it("events on the way have no lines of their own", () => {
  const log = requestLog({ write: () => expect.unreachable() }, () => undefined);
  log(minted);
  log(refusal({}));
});

it.each([
  ["probes that succeed are for debugging", { isQuiet: true }, "debug"],
  ["a probe that fails is an error", { isQuiet: true, status: 503 }, "error"],
  ["a caller's fault is none of ours", { status: 499 }, "info"],
  ["our fault is an error", { status: 500 }, "error"],
])("%s", (_, more, severity) => {
  expect(lineOf(more).severity).toBe(severity);
});

it.each<[string, Partial<RequestEnded>, Record<string, unknown>]>([
  ["a path that is not its route", { route: "/:toolName", path: "/weather" }, { path: "/weather" }],
  [
    "no token that stands in a path",
    { route: "unmatched", path: "/a/tokenWith1Number" },
    { path: "/a/[redacted]" },
  ],
  ["who called", { caller: { kind: "token", id: "token:alice" } }, { caller: "token:alice" }],
  [
    "a guest without their address",
    { caller: { kind: "guest", id: "guest:192.0.2.1" } },
    { caller: "guest" },
  ],
  ["the address as the operator wants it", { client: "hashed" }, { client: "hashed" }],
  ["the profile of a mint", { subject: { kind: "mint", profile: "default" } }, { profile: "default" }],
  ["the tool of a call", { subject: { kind: "tool-call", tool: "weather" } }, { tool: "weather" }],
  ["the rule of a relayed request", { subject: { kind: "relay", rule: "all" } }, { relay: "all" }],
  [
    "what OpenAI calls a mint",
    { done: minted },
    { session: "sess_1", openai_request_id: "req_1", upstream_key: "eu" },
  ],
  [
    "the key that a call was started with",
    {
      done: {
        ...{ kind: "call-started", profile: "default", model: "m", upstreamKey: "eu", ...ofRequest },
        seconds: 1,
      },
    },
    { upstream_key: "eu" },
  ],
  [
    "nothing more of a tool's answer",
    { done: { kind: "tool-called", tool: "weather", ...ofRequest, seconds: 1 } },
    {},
  ],
  [
    "what a relayed answer used",
    { done: relayed },
    {
      ...{ model: "gpt", upstream_key: "eu", cache: "miss", openai_request_id: "req_1" },
      tokens: { input: 3, output: 2, cached: 1 },
    },
  ],
  [
    "why a relayed answer broke off",
    { done: { ...relayed, usage: undefined, broken: new Error("reset") } },
    { ...{ model: "gpt", upstream_key: "eu", cache: "miss", openai_request_id: "req_1" }, broken: "reset" },
  ],
  [
    "a refusal with all that is wrong",
    { refusal: refusal({ limits: ["address-minute"], pointers: ["/a"], cause: new Error("so") }) },
    {
      ...{ problem: "not-found", limits: ["address-minute"], errors: ["/a"] },
      cause: { name: "Error", message: "so" },
    },
  ],
  [
    "why credentials were rejected",
    { refusal: refusal({ code: "credentials-rejected", reason: "jwt-expired" }) },
    { problem: "credentials-rejected", reason: "jwt-expired" },
  ],
  [
    "a mint that was done, and what failed after it",
    { done: minted, refusal: refusal({ code: "upstream-timeout" }) },
    {
      ...{ session: "sess_1", openai_request_id: "req_1", upstream_key: "eu" },
      problem: "upstream-timeout",
    },
  ],
  [
    "that the caller left, or was cut off",
    { isAborted: true, cutOff: "the token was rotated" },
    { aborted: true, cut_off: "the token was rotated" },
  ],
])("says %s", (_, more, fields) => {
  const { request_id, method, route, status, ms, ...rest } = lineOf(more).fields;
  expect(rest).toEqual(fields);
});

it("only an error that was not expected has a stack, without credentials", () => {
  const cause = new Error("sk-1234567890abcdef");
  const stackOf = (code: string) => lineOf({ refusal: refusal({ code, cause }) }).fields.stack;
  expect(stackOf("internal")).toMatch(/^Error: \[redacted\]\n +at /);
  expect(stackOf("tool-failed")).toBeUndefined();
});

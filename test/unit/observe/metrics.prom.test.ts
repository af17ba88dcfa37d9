// What each event adds to the counters.
import { expect, it } from "vitest";
import type { BrokerEvent, Job, Refused, RequestEnded } from "../../../server/observe/event.ts";
import { prometheusMetrics } from "../../../server/observe/metrics.prom.ts";

const ofRequest = { requestId: "request-1", caller: undefined };
const refused = (more: Partial<Refused>): Refused => ({
  ...{ kind: "refused", ...ofRequest, code: "internal", status: 500, subject: undefined, seconds: undefined },
  ...{ limits: undefined, pointers: undefined, reason: undefined, cause: undefined },
  ...more,
});
const done = (job: Job): BrokerEvent => ({ ...job, ...ofRequest, seconds: 0.2 });
const ended = (more: Partial<RequestEnded>): RequestEnded => ({
  ...{
    kind: "request-ended",
    ...ofRequest,
    at: 0,
    method: "GET",
    route: "/a",
    path: "/a",
    status: 200,
    ms: 20,
  },
  ...{ client: undefined, subject: undefined, done: undefined, refusal: undefined },
  ...{ isAborted: false, cutOff: undefined, isQuiet: false, ...more },
});
const mint = { kind: "mint", profile: "default" } as const;
const call = { kind: "tool-call", tool: "weather" } as const;
const minted: Job = {
  ...{ kind: "minted", profile: "default", model: "m", session: null, upstreamKey: "a" },
  openAiRequestId: undefined,
};
/** The samples of these metrics that are not zero, without what is the same for all histograms. */
const after = async (events: readonly BrokerEvent[]): Promise<string[]> => {
  const metrics = prometheusMetrics();
  for (const event of events) metrics.onEvent(event);
  const { body } = await metrics.render();
  return body
    .split("\n")
    .filter(
      (line) =>
        /^broker_/.test(line) &&
        !/_bucket\{| 0$|^broker_(event_loop|audit_writable|load_admitted)/.test(line),
    );
};

it.each<[string, BrokerEvent[], string[]]>([
  [
    "a key that was minted, and how long it took",
    [done(minted)],
    [
      'broker_mints_total{profile="default",outcome="ok"} 1',
      ...["broker_mint_seconds_sum 0.2", "broker_mint_seconds_count 1"],
    ],
  ],
  [
    "a call that was started as a key",
    [done({ kind: "call-started", profile: "default", model: undefined, upstreamKey: "a" })],
    [
      'broker_mints_total{profile="default",outcome="ok"} 1',
      ...["broker_mint_seconds_sum 0.2", "broker_mint_seconds_count 1"],
    ],
  ],
  [
    "a mint that OpenAI refuses as failed, whatever its status",
    [refused({ code: "upstream-limited", status: 429, subject: mint, seconds: 1 })],
    [
      'broker_mints_total{profile="default",outcome="failed"} 1',
      ...["broker_mint_seconds_sum 1", "broker_mint_seconds_count 1"],
      'broker_refusals_total{problem="upstream-limited"} 1',
    ],
  ],
  [
    "a mint that a limit refuses as a refusal and no mint: OpenAI was not asked",
    [refused({ code: "limit-exceeded", status: 429, subject: mint, limits: ["mints-caller-day"] })],
    [
      'broker_refusals_total{problem="limit-exceeded"} 1',
      'broker_limits_reached_total{limit="mints-caller-day"} 1',
    ],
  ],
  [
    "a tool call",
    [done({ kind: "tool-called", tool: "weather" })],
    [
      'broker_tool_calls_total{tool="weather",outcome="ok"} 1',
      'broker_tool_call_seconds_sum{tool="weather"} 0.2',
      'broker_tool_call_seconds_count{tool="weather"} 1',
    ],
  ],
  [
    "a tool that fails",
    [refused({ code: "tool-failed", status: 502, subject: call, seconds: 3 })],
    [
      'broker_tool_calls_total{tool="weather",outcome="failed"} 1',
      'broker_tool_call_seconds_sum{tool="weather"} 3',
      'broker_tool_call_seconds_count{tool="weather"} 1',
      'broker_refusals_total{problem="tool-failed"} 1',
    ],
  ],
  [
    "invalid arguments as a call that was refused",
    [refused({ code: "arguments-invalid", status: 422, subject: call })],
    [
      'broker_tool_calls_total{tool="weather",outcome="refused"} 1',
      'broker_tool_call_seconds_count{tool="weather"} 1',
      'broker_refusals_total{problem="arguments-invalid"} 1',
    ],
  ],
  [
    "a call that a limit or Redis refuses as no call: the tool has not failed",
    [
      refused({ code: "limit-exceeded", status: 429, subject: call }),
      refused({ code: "shared-state-unavailable", status: 503, subject: call }),
    ],
    [
      'broker_refusals_total{problem="limit-exceeded"} 1',
      'broker_refusals_total{problem="shared-state-unavailable"} 1',
    ],
  ],
  [
    "rejected credentials by their reason",
    [refused({ code: "credentials-rejected", status: 401, reason: "jwt-expired" })],
    [
      'broker_refusals_total{problem="credentials-rejected"} 1',
      'broker_credentials_rejected_total{reason="jwt-expired"} 1',
    ],
  ],
  [
    "a request by its method, route and status",
    [ended({ method: "GET" }), ended({ method: "PROPFIND", status: 405 })],
    [
      'broker_http_request_seconds_sum{method="GET",route="/a",status="200"} 0.02',
      'broker_http_request_seconds_count{method="GET",route="/a",status="200"} 1',
      'broker_http_request_seconds_sum{method="other",route="/a",status="405"} 0.02',
      'broker_http_request_seconds_count{method="other",route="/a",status="405"} 1',
    ],
  ],
])("counts %s", async (_, events, samples) => {
  expect((await after(events)).toSorted()).toEqual(samples.toSorted());
});

it("says which of the two counts the limits now", async () => {
  const metrics = prometheusMetrics();
  const fallback = async () => /^broker_limits_fallback (\d)$/m.exec((await metrics.render()).body)?.[1];
  metrics.limitsCounted("fallback");
  expect(await fallback()).toBe("1");
  metrics.limitsCounted("redis");
  expect(await fallback()).toBe("0");
});

it("two services in one process do not share counts", async () => {
  const [first, second] = [prometheusMetrics(), prometheusMetrics()];
  first.fatalError();
  expect((await first.render()).body).toMatch(/^broker_fatal_errors_total 1$/m);
  expect((await second.render()).body).toMatch(/^broker_fatal_errors_total 0$/m);
});

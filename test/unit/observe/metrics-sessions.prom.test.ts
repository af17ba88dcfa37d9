// What Prometheus reads of supervised voice sessions.
import { expect, it } from "vitest";
import { prometheusMetrics } from "../../../server/observe/metrics.prom.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";

const of = {
  ...{ at: 1, sessionId: "vs_1", caller: { kind: "user", id: "user:alice" } as const, profile: "sales" },
  ...{ model: "gpt-realtime", upstreamKey: "eu", tags: [] },
} as const;

const linesOf = async (metrics: ReturnType<typeof prometheusMetrics>): Promise<string[]> =>
  (await metrics.render()).body.split("\n").filter((line) => /^broker_(session|voice|mints)/.test(line));

it("counts sessions by profile, and says why they end", async () => {
  const metrics = prometheusMetrics();
  metrics.watchSessions(() => [
    { profile: "sales", supervision: "watch" },
    { profile: "sales", supervision: "watch" },
  ]);
  metrics.onEvent({
    ...of,
    kind: "session-began",
    interface: "realtime",
    supervision: "watch",
    callId: "rtc_1",
  });
  metrics.onEvent({
    ...of,
    kind: "session-ended",
    reason: "duration",
    seconds: 61,
    tokens: 9,
    costNanoUsd: 1,
  });
  metrics.onEvent({ ...of, kind: "session-trouble", what: "not-ended" });
  const lines = await linesOf(metrics);
  expect(lines).toContain('broker_sessions_open{profile="sales",supervision="watch"} 2');
  expect(lines).toContain('broker_sessions_started_total{profile="sales",supervision="watch"} 1');
  expect(lines).toContain('broker_sessions_ended_total{profile="sales",reason="duration"} 1');
  expect(lines).toContain("broker_session_seconds_sum 61");
  expect(lines).toContain('broker_session_troubles_total{what="not-ended"} 1');
});

it("counts what sessions use, and what of it has no known price", async () => {
  const metrics = prometheusMetrics();
  const quantities = { ...noQuantities, audioIn: 30, textCached: 5, audioOut: 20 };
  const metered = { ...of, kind: "voice-metered", usageId: "resp_1", of: "response" } as const;
  metrics.onEvent({ ...metered, spent: { quantities, costNanoUsd: 2_000_000_000 } });
  metrics.onEvent({ ...metered, spent: { quantities, costNanoUsd: undefined } });
  const lines = await linesOf(metrics);
  expect(lines).toContain('broker_voice_tokens_total{model="gpt-realtime",kind="input"} 70');
  expect(lines).toContain('broker_voice_tokens_total{model="gpt-realtime",kind="output"} 40');
  expect(lines).toContain('broker_voice_cost_usd_total{model="gpt-realtime"} 2');
  expect(lines).toContain('broker_voice_unpriced_total{model="gpt-realtime"} 1');
});

it("counts a ticket as a mint, without a time of OpenAI's", async () => {
  const metrics = prometheusMetrics();
  const job = { requestId: "r", caller: of.caller, seconds: 0.4, profile: "sales", model: "gpt-realtime" };
  metrics.onEvent({ ...job, kind: "ticket-issued", session: "vs_1" });
  const started = { session: "vs_1", upstreamKey: "eu", openAiRequestId: undefined };
  metrics.onEvent({ ...job, kind: "session-started", ...started });
  const lines = await linesOf(metrics);
  expect(lines).toContain('broker_mints_total{profile="sales",outcome="ok"} 1');
  expect(lines).toContain("broker_session_start_seconds_sum 0.4");
});

it("keeps the number of models in its labels bounded, whatever sessions name", async () => {
  const metrics = prometheusMetrics();
  const spent = { quantities: noQuantities, costNanoUsd: 1 };
  for (let index = 0; index < 150; index += 1) {
    const model = `invented-${index}`;
    metrics.onEvent({ ...of, kind: "voice-metered", usageId: `${index}`, of: "response", model, spent });
  }
  const costs = (await linesOf(metrics)).filter((line) => line.startsWith("broker_voice_cost_usd_total"));
  expect(costs).toHaveLength(101);
});

// A changed broker.yaml changes the limits, and nothing that was counted.
import { expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { limitPolicy, limitResources } from "../../../server/compose/limits.ts";
import { prometheusMetrics } from "../../../server/observe/metrics.prom.ts";
import { configOf } from "../../support/configuration.ts";
import { createTestTime } from "../../support/time.ts";

const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: [] };
const setUp = () => {
  const ports = { ...createTestTime(), log: { write: () => {} }, metrics: prometheusMetrics() };
  const resources = limitResources(undefined, ports);
  return { resources, policyOf: (yaml: string) => limitPolicy(configOf(yaml), resources) };
};

it("a raised rate lets more pass in the same window, and a lowered one refuses what is over it", () => {
  const { policyOf } = setUp();
  const mint = (yaml: string) => {
    const { limiter, limitChecks, newTimeBudget } = policyOf(yaml);
    return limiter.take(limitChecks.mint(alice, "default"), newTimeBudget());
  };
  const rate = (count: number) => `limits: { mints: { caller: ${count} per hour } }`;
  expect(mint(rate(1))).toMatchObject({ allowed: true, states: [{ quota: 1, remaining: 0 }] });
  expect(mint(rate(1))).toMatchObject({ allowed: false });
  expect(mint(rate(4))).toMatchObject({ allowed: true, states: [{ quota: 4, remaining: 1 }] });
  expect(mint(rate(2))).toMatchObject({ allowed: false, states: [{ quota: 2, remaining: 0 }] });
});

it("a lowered quota of requests in flight lets those that run end, and refuses new ones until then", () => {
  const { resources, policyOf } = setUp();
  const before = policyOf("limits: { in_flight: { caller: 2 }, sockets: { caller: 2 } }");
  for (const { enter } of [before.inFlight, before.inFlight, before.sockets]) enter(alice);
  const after = policyOf("limits: { in_flight: { caller: 1 }, sockets: { caller: 1 } }");
  expect(after.inFlight.enter(alice)).toMatchObject({ allowed: false, quota: 1 });
  expect(after.sockets.enter(alice)).toMatchObject({ allowed: false, quota: 1 });
  for (const { leave } of [before.inFlight, before.inFlight, before.sockets]) leave(alice);
  expect(after.inFlight.enter(alice)).toMatchObject({ allowed: true, remaining: 0 });
  expect([resources.inFlight.size, resources.sockets.size]).toEqual([1, 0]);
});

it("each caller may have four reports read at the same time, whatever others have", () => {
  const { reports } = setUp().policyOf("callers: { guests: loopback }");
  const bob = { ...alice, id: "token:bob", name: "bob" };
  const entered = Array.from({ length: 5 }, () => reports.enter(alice).allowed);
  expect([entered, reports.enter(bob).allowed]).toEqual([[true, true, true, true, false], true]);
  reports.leave(alice);
  expect(reports.enter(alice).allowed).toBe(true);
});

it("failed attempts count on, and those that run go on, under the new limits", async () => {
  const { resources, policyOf } = setUp();
  const begin = (failures: number) => {
    const policy = policyOf(`limits: { failed_authentication: ${failures} per hour }`);
    return policy.attempts.begin("here", policy.limitChecks.attempt("here"), policy.newTimeBudget);
  };
  const first = await begin(2);
  const second = await begin(2);
  if (first.allowed) await first.end(true);
  expect(resources.attempts.get("here")).toMatchObject({ running: 1 });
  expect(await begin(1)).toMatchObject({ allowed: false, retryAfterSeconds: 3600 });
  if (second.allowed) await second.end(false);
  expect(resources.attempts.size).toBe(0);
  expect(await begin(3)).toMatchObject({ allowed: true });
});

it("profiles, tools and relay rules are limited as the changed file says", () => {
  const { policyOf } = setUp();
  const session = "session: { type: realtime, model: gpt-realtime }";
  const { limitChecks } = policyOf(`profiles: { default: { ${session}, limit: 3 per hour } }
tool_rules: { current_time: { limit: 4 per hour } }
relay: { all: { allow: [everyone], limit: 5 per hour } }`);
  const shared = [
    limitChecks.mint(alice, "default"),
    limitChecks.toolCall(alice, "current_time"),
    limitChecks.relay(alice, "all"),
  ].map(([, check]) => [check?.limit, check?.rates[0]?.count]);
  expect(shared).toEqual([
    ["mints-profile", 3],
    ["tool-calls-tool", 4],
    ["relays-rule", 5],
  ]);
});

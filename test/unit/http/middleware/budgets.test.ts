// What a request that has ended has spent of its budgets.
import { describe, expect, it } from "vitest";
import { createBudgets } from "../../../../server/budgets/budgets.ts";
import { runningBudgets } from "../../../../server/budgets/charges.ts";
import { LocalAmounts } from "../../../../server/budgets/local-amounts.ts";
import { createReserving } from "../../../../server/budgets/reserve.ts";
import {
  reserveMint,
  reserveSocket,
  reserveToolCall,
  spentBy,
} from "../../../../server/http/middleware/budgets.ts";
import { createTimeBudget } from "../../../../server/limits/time-budget.ts";
import type { JobDone } from "../../../../server/observe/event.ts";
import { noQuantities, type Spent } from "../../../../server/usage/quantities.ts";
import { budget, charge, NOON } from "../../../support/budget-charges.ts";
import { alice, factsOf, factsWith } from "../../../support/facts.ts";
import { createTestTime } from "../../../support/time.ts";

const estimate = { requests: 1, tokens: 300, minutes: 0, cost_usd: 9000 };

const relayed = (spent: Spent | undefined): JobDone => ({
  ...{
    kind: "relayed",
    rule: "all",
    status: 200,
    model: "gpt-5-mini",
    upstreamKey: "default",
    cache: undefined,
  },
  ...{ openAiRequestId: undefined, usage: undefined, countsUsage: true, spent, answeredModel: undefined },
  ...{ serviceTier: undefined, broken: undefined, requestId: "request-1", caller: undefined, seconds: 1 },
});

const ended = (facts: { done?: JobDone; isAborted?: boolean; jobStartedAtMs?: number }) =>
  spentBy(Object.assign(factsOf(), { jobStartedAtMs: 0, ...facts }), estimate);

describe("a request has spent", () => {
  it("what OpenAI told", () => {
    const quantities = { ...noQuantities, textIn: 10, textCached: 5, textOut: 20, seconds: 3, images: 2 };
    const done = relayed({ quantities, costNanoUsd: 1234 });
    expect(ended({ done })).toEqual({ requests: 1, tokens: 35, minutes: 3000, cost_usd: 1234 });
  });

  it("the estimate where OpenAI told nothing, as after an answer that its caller left", () => {
    expect(ended({ done: relayed(undefined), isAborted: true })).toEqual(estimate);
    expect(ended({ isAborted: true })).toEqual(estimate);
  });

  it("the estimate where OpenAI was given up, as it may be at work", () => {
    const gaveUp = Object.assign(factsOf(), { jobStartedAtMs: 0, refusal: { code: "upstream-timeout" } });
    expect(spentBy(gaveUp as never, estimate)).toEqual(estimate);
  });

  it("the estimated cost where the model that answered has no known price", () => {
    const done = relayed({ quantities: { ...noQuantities, textIn: 10 }, costNanoUsd: undefined });
    expect(ended({ done })).toEqual({ requests: 1, tokens: 10, minutes: 0, cost_usd: 9000 });
  });

  it("no money where OpenAI refused, failed, or was not needed", () => {
    expect(ended({})).toEqual({ requests: 1 });
    expect(ended({ done: relayed({ quantities: noQuantities, costNanoUsd: 0 }) })).toMatchObject({
      cost_usd: 0,
    });
  });

  it("nothing at all where it was refused before its job began", () => {
    expect(ended({ jobStartedAtMs: undefined as never })).toEqual({});
  });
});

/** Services with that budget, and what is spent of it. */
const servicesOf = (fields: object) => {
  const time = createTestTime(NOON);
  const local = new LocalAmounts();
  const reserving = createReserving({ local, shared: undefined, share: 1, onSettled: () => {} });
  const budgets = createBudgets({
    ...{ budgets: runningBudgets([budget(fields)]), local, reserving, clock: time.clock },
    alerts: { check: () => {} },
  });
  const services = { budgets, clock: time.clock, newTimeBudget: () => createTimeBudget(time, 50) };
  return { time, services, state: () => local.state(charge(1, fields).account) };
};
const granted = () => factsWith({ caller: alice, grant: { profile: "default" } });

it("a WebSocket has spent the minutes for which it was open", async () => {
  const { time, services, state } = servicesOf({ requests: undefined, minutes: 10 });
  const facts = granted();
  await reserveSocket.run(facts, services);
  const minted = {
    kind: "minted",
    profile: "default",
    model: undefined,
    session: null,
    upstreamKey: "default",
  } as const;
  const done = {
    ...minted,
    openAiRequestId: undefined,
    requestId: "request-1",
    caller: undefined,
    seconds: 1,
  };
  Object.assign(facts, { jobStartedAtMs: time.clock.monotonic(), done });
  await time.pass(9 * 60_000);
  facts.end();
  expect(state()).toEqual({ spent: 540_000, held: 0 });
  expect(() => reserveMint.run(granted(), services)).not.toThrow();
  await reserveSocket.run(Object.assign(facts, { done: undefined }), services);
  Object.assign(facts, { jobStartedAtMs: time.clock.monotonic(), done });
  await time.pass(60_000);
  facts.end();
  expect(() => reserveMint.run(granted(), services)).toThrow("is used up: 10.0 minutes are used.");
});

it("a tool call needs no money, and one of the requests", async () => {
  const money = servicesOf({ requests: undefined, cost_usd: 0.000000001 });
  expect(reserveToolCall.run(granted(), money.services)).toBeUndefined();
  const { services, state } = servicesOf({ requests: 1 });
  const facts = granted();
  await reserveToolCall.run(facts, services);
  expect(state()).toEqual({ spent: 0, held: 1 });
  expect(() => reserveToolCall.run(granted(), services)).toThrow("is held by requests under way");
  Object.assign(facts, { jobStartedAtMs: 0 });
  facts.end();
  expect(state()).toEqual({ spent: 1, held: 0 });
});

it("what is refused before its work begins gives all of it back", async () => {
  const { services, state } = servicesOf({ requests: 1 });
  const facts = granted();
  await reserveMint.run(facts, services);
  facts.end();
  expect(state()).toEqual({ spent: 0, held: 0 });
});

it("without budgets nothing is reserved, and no field is shown", () => {
  const facts = granted();
  const { services } = servicesOf({ requests: 1 });
  expect(reserveMint.run(facts, { ...services, budgets: undefined })).toBeUndefined();
  expect(facts.outgoing.fields.ratelimit).toBeUndefined();
});

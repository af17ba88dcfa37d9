// What a request that has ended has spent of its budgets.
import { describe, expect, it } from "vitest";
import { spentBy } from "../../../../server/http/middleware/budgets.ts";
import type { JobDone } from "../../../../server/observe/event.ts";
import { noQuantities, type Spent } from "../../../../server/usage/quantities.ts";
import { factsOf } from "../../../support/facts.ts";

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

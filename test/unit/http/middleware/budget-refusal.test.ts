// What callers are told when a budget has no room for their request.
import { expect, it } from "vitest";
import type { AccountState } from "../../../../server/budgets/budgets.ts";
import { exceeded, showOwn } from "../../../../server/http/middleware/budget-refusal.ts";
import { charge, NOON } from "../../../support/budget-charges.ts";
import { factsOf } from "../../../support/facts.ts";

const state = (fields: object, spent: number, held = 0, estimate = 1): AccountState => {
  const made = charge(estimate, { requests: undefined, ...fields });
  return { charge: made, spent, held, isTooLittle: spent + estimate > made.account.limit };
};

const refusalOf = (...states: AccountState[]) => {
  const facts = factsOf();
  const failure = exceeded(facts, states, NOON);
  return { ...failure, detail: failure.detail, fields: facts.outgoing.fields };
};

it("a budget that is used up says so, and when it renews", () => {
  const { code, detail, headers, violatedPolicies, fields } = refusalOf(state({ requests: 1200 }, 1300));
  expect(code).toBe("budget-exceeded");
  expect(detail).toBe(
    "The budget daily of 1,200 requests per day is used up: 1,300 requests are used, 100 requests over. It renews at 2026-01-02T00:00:00.000Z.",
  );
  expect(headers).toEqual({ "retry-after": "43200", "x-should-retry": "false" });
  expect(violatedPolicies).toEqual(["budget-daily-requests"]);
  expect(fields.ratelimit).toBe('"budget-daily-requests";r=0;t=43200');
  expect(fields["ratelimit-policy"]).toBe('"budget-daily-requests";q=1200;w=86400;qu="requests"');
});

it("what is left is told where the request may take more", () => {
  const { detail } = refusalOf(state({ cost_usd: 5 }, 4_900_000_000, 0, 200_000_000));
  expect(detail).toContain(
    "0.10 USD are left of the budget daily of 5.00 USD per day, and this request may take 0.20 USD.",
  );
});

it("where requests under way hold the rest, trying again soon may do", () => {
  const { detail, headers } = refusalOf(state({ tokens: 100 }, 10, 90, 5));
  expect(detail).toBe(
    "What is left of the budget daily of 100 tokens per day is held by requests under way. Try again in 2 s.",
  );
  expect(headers).toEqual({ "retry-after": "2" });
});

it("of several, the last to renew decides when to come back", () => {
  const [day, month] = [
    state({ minutes: 1 }, 60_000),
    state({ name: "monthly", minutes: 1, per: "month" }, 60_000),
  ];
  expect(refusalOf(day, month).headers["retry-after"]).toBe(String(30.5 * 86_400));
});

it("an answer shows the caller's own budgets, and not what others share or guests use", () => {
  const facts = factsOf();
  showOwn(
    facts,
    [state({ requests: 10 }, 1), state({ name: "own", requests: 10, each: "caller" }, 3, 2)],
    NOON,
  );
  expect(facts.outgoing.fields.ratelimit).toBe('"budget-own-requests";r=5;t=43200');
});

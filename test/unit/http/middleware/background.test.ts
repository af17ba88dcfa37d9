// A response in the background is booked with the first answer that tells its usage, also while the database is away.
import { expect, it } from "vitest";
import { bookOnce } from "../../../../server/http/middleware/background.ts";
import type { HeldForResponse } from "../../../../server/ledger/background-responses.ts";
import type { Relayed } from "../../../../server/relay/relay.ts";
import { factsOf } from "../../../support/facts.ts";

const done: Relayed = {
  ...{ rule: "all", model: "gpt-5", upstreamKey: "a", cache: undefined, countsUsage: true, status: 200 },
  ...{ openAiRequestId: undefined, broken: undefined, answeredModel: "gpt-5", serviceTier: undefined },
  usage: { input_tokens: 1 },
};
const queued: Relayed = { ...done, usage: undefined, countsUsage: false };

const held = { tokens: 7, costNanoUsd: 9 };
const responses = (claimed: HeldForResponse | undefined | Error) => {
  const begun: [string, HeldForResponse][] = [];
  return {
    begun,
    backgroundResponses: {
      begin: async (id: string, amounts: HeldForResponse) => {
        begun.push([id, amounts]);
        if (claimed instanceof Error) throw claimed;
      },
      claim: async () => {
        if (claimed instanceof Error) throw claimed;
        return claimed;
      },
    },
  };
};

it("is counted where it is claimed, less what budgets hold for it, and not where it was before", async () => {
  const facts = factsOf();
  expect(await bookOnce(facts, responses(held), done, "resp_1")).toMatchObject({ countsUsage: true });
  expect(facts.heldBefore).toEqual(held);
  expect(await bookOnce(factsOf(), responses(undefined), done, "resp_1")).toMatchObject({
    countsUsage: false,
  });
});

it("is counted for no caller whose answer another one pays for", async () => {
  const shared = { ...done, countsUsage: false };
  expect(await bookOnce(factsOf(), responses(held), shared, "resp_1")).toEqual(shared);
});

it("notes what budgets hold when it begins, and nothing when it is only looked at", async () => {
  const at = responses(held);
  const begins = factsOf({ method: "POST" });
  begins.reserved = { requests: 1, tokens: 100, cost_usd: 200 };
  expect(await bookOnce(begins, at, queued, "resp_1")).toEqual(queued);
  expect(await bookOnce(factsOf(), at, queued, "resp_1")).toEqual(queued);
  expect(at.begun).toEqual([["resp_1", { tokens: 100, costNanoUsd: 200 }]]);
});

it("waits for the next time while the database is away, but where there is none", async () => {
  const away = responses(new Error("away"));
  expect(await bookOnce(factsOf(), away, done, "resp_1")).toMatchObject({ countsUsage: false });
  const stream = factsOf({ method: "POST" });
  expect(await bookOnce(stream, away, done, "resp_1")).toMatchObject({ countsUsage: true });
  stream.reserved = { requests: 1 };
  expect(await bookOnce(stream, away, queued, "resp_1")).toEqual(queued);
});

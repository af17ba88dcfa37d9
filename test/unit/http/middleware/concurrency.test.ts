// How much one caller may have under way at the same time.
import { expect, it } from "vitest";
import type { Failure } from "../../../../server/failures/failure.ts";
import { limitInFlight, limitSockets } from "../../../../server/http/middleware/concurrency.ts";
import { createConcurrency } from "../../../../server/limits/concurrency.ts";
import { alice, factsWith } from "../../../support/facts.ts";

const concurrencyOf = (caller: number) =>
  createConcurrency({ limit: "in-flight", caller, guest: 1, guestsAreStrangers: true }, new Map());
const request = () => factsWith({ caller: alice });

it("a caller's requests have places, which they give back at their end", () => {
  const inFlight = concurrencyOf(1);
  const first = request();
  limitInFlight.run(first, { inFlight });
  expect(first.outgoing.fields).toMatchObject({
    ratelimit: '"in-flight";r=0',
    "ratelimit-policy": '"in-flight";q=1;qu="concurrent-requests"',
  });
  const second = request();
  const refusal: Partial<Failure> = {
    ...{ code: "limit-exceeded", headers: { "retry-after": "1" }, violatedPolicies: ["in-flight"] },
    detail: "Used up: in-flight. You have 1 under way; try again when one has ended.",
  };
  expect(() => limitInFlight.run(second, { inFlight })).toThrow(expect.objectContaining(refusal));
  // One that got no place gives none back.
  second.end();
  expect(() => limitInFlight.run(request(), { inFlight })).toThrow();
  first.end();
  expect(() => limitInFlight.run(request(), { inFlight })).not.toThrow();
});

it("sockets have places of their own", () => {
  const [inFlight, sockets] = [concurrencyOf(1), concurrencyOf(1)];
  limitInFlight.run(request(), { inFlight });
  expect(() => limitSockets.run(request(), { sockets })).not.toThrow();
});

it("without a limit nothing is shown", () => {
  const facts = request();
  limitInFlight.run(facts, { inFlight: concurrencyOf(Number.POSITIVE_INFINITY) });
  expect(facts.outgoing.fields).not.toHaveProperty("ratelimit");
});

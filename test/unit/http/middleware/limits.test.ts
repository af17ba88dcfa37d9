// What counting does to a request and its answer.

import { expect, it } from "vitest";
import type { Failure } from "../../../../server/failures/failure.ts";
import type { RequestFacts } from "../../../../server/http/facts.ts";
import {
  checkUsedUp,
  countedBy,
  countRequest,
  type LimitServices,
  limitInFlight,
  limitSockets,
  showLimit,
  showLimits,
} from "../../../../server/http/middleware/limits.ts";
import { createConcurrency } from "../../../../server/limits/concurrency.ts";
import type { LimitCheck, Limiter } from "../../../../server/limits/limiter.ts";
import { parseRates } from "../../../../server/rates.ts";
import { alice, factsOf, factsWith } from "../../../support/facts.ts";
import { limitServices } from "../../../support/limit-services.ts";

const fieldsOf = ({ outgoing: { fields } }: RequestFacts) => [fields.ratelimit, fields["ratelimit-policy"]];
const refusalOf = async (work: () => unknown): Promise<Failure> => {
  try {
    await work();
  } catch (error) {
    return error as Failure;
  }
  throw new Error("nothing was refused");
};
const mints = (exposed: boolean): LimitCheck => ({
  ...{ limit: "mints", rates: parseRates("1 per hour") ?? [], key: "all", exposed },
});

it("a request is counted against its address, and its answer says what is left", () => {
  const services = limitServices("address: 2 per minute");
  const facts = factsOf();
  countRequest.run(facts, services);
  expect(fieldsOf(facts)).toEqual(['"address-minute";r=1;t=60', '"address-minute";q=2;w=60']);
});

it("a request over the limit is refused, and told when to come back", async () => {
  const services = limitServices("address: 1 per minute");
  countRequest.run(factsOf(), services);
  await services.time.pass(20_000);
  const facts = factsOf();
  const failure = await refusalOf(() => countRequest.run(facts, services));
  expect(failure).toMatchObject({
    ...{ code: "limit-exceeded", headers: { "retry-after": "40" }, violatedPolicies: ["address-minute"] },
    detail: "Used up: address-minute. Try again in 40 s.",
  });
  expect(fieldsOf(facts)).toEqual(['"address-minute";r=0;t=40', '"address-minute";q=1;w=60']);
});

it("all addresses of one IPv6 network are one", async () => {
  const services = limitServices("address: 1 per minute");
  countRequest.run(factsOf({ address: "2001:db8:0:1::1" }), services);
  countRequest.run(factsOf({ address: "2001:db8:0:2::1" }), services);
  const failure = await refusalOf(() => countRequest.run(factsOf({ address: "2001:db8:0:1::2" }), services));
  expect(failure.code).toBe("limit-exceeded");
});

it("a probe sees the limits and is never refused", async () => {
  const services = limitServices("address: 1 per minute");
  countRequest.run(factsOf(), services);
  for (const facts of [factsOf(), factsOf()]) {
    await showLimits.run(facts, services);
    expect(fieldsOf(facts)[0]).toBe('"address-minute";r=0;t=60');
  }
  const probe = factsOf({ address: "203.0.113.10" });
  await showLimits.run(probe, services);
  expect(fieldsOf(probe)[0]).toBe('"address-minute";r=1;t=60');
});

it("a count that many share is shown only where it is the reason of the refusal", async () => {
  const services = limitServices("address: none");
  const step = countedBy(() => [mints(false)]);
  const first = factsOf();
  step.run(first, services);
  expect(fieldsOf(first)).toEqual([undefined, undefined]);
  const second = factsOf();
  await refusalOf(() => step.run(second, services));
  expect(fieldsOf(second)[0]).toBe('"mints-hour";r=0;t=3600');
});

it("limits that are counted one after the other stand in one list", () => {
  const services = limitServices("address: 2 per minute");
  const facts = factsOf();
  countRequest.run(facts, services);
  countedBy(() => [mints(true)]).run(facts, services);
  showLimit(facts, ['"in-flight";r=', 1], ['"in-flight";q=', 2, ';qu="concurrent-requests"']);
  expect(fieldsOf(facts)).toEqual([
    '"address-minute";r=1;t=60, "mints-hour";r=0;t=3600, "in-flight";r=1',
    '"address-minute";q=2;w=60, "mints-hour";q=1;w=3600, "in-flight";q=2;qu="concurrent-requests"',
  ]);
});

it("one request has one time budget, however often it is counted", async () => {
  const { newTimeBudget, ...rest } = limitServices("address: 5 per minute");
  let budgets = 0;
  const services: LimitServices = {
    ...rest,
    newTimeBudget: () => {
      budgets += 1;
      return newTimeBudget();
    },
  };
  const facts = factsOf();
  countRequest.run(facts, services);
  countRequest.run(facts, services);
  await showLimits.run(facts, services);
  expect(budgets).toBe(1);
});

it("a count that takes its time, as in Redis, refuses as well", async () => {
  const { limiter, ...rest } = limitServices("address: 1 per minute");
  const later: Limiter = {
    take: async (...checks) => limiter.take(...checks),
    look: async (...checks) => limiter.look(...checks),
  };
  const services = { ...rest, limiter: later };
  await countRequest.run(factsOf(), services);
  const facts = factsOf();
  expect((await refusalOf(() => countRequest.run(facts, services))).code).toBe("limit-exceeded");
  expect(fieldsOf(facts)[0]).toBe('"address-minute";r=0;t=60');
});

const MEBIBYTE = String(1024 * 1024);
it.each<[string, Record<string, string>, boolean]>([
  ["a large body", { "content-length": MEBIBYTE }, true],
  ["a body of unknown length", { "transfer-encoding": "chunked" }, true],
  ["a small body", { "content-length": String(1024 * 1024 - 1) }, false],
  ["no body", {}, false],
])("where a limit is used up, %s is refused before it is read: %s → %s", async (_, headers, isRefused) => {
  const services = limitServices("address: none");
  const check = checkUsedUp(() => [mints(true)]);
  const facts = factsOf({ method: "POST", headers });
  // Nothing is counted: it may be looked at more often than the limit allows.
  for (const each of [facts, facts, facts]) await check.run(each, services);
  countedBy(() => [mints(true)]).run(facts, services);
  const work = async () => check.run(facts, services);
  if (!isRefused) return expect(work()).resolves.toBeUndefined();
  const failure = await refusalOf(work);
  // The rest of the body stands in the connection.
  expect(failure).toMatchObject({
    ...{ code: "limit-exceeded", headers: { connection: "close", "retry-after": "3600" } },
    violatedPolicies: ["mints-hour"],
  });
});

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

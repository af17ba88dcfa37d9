// What is refused by a request's head alone, or because the instance drains.

import { expect, it } from "vitest";
import { acceptWork, limitHeaders, refuseHead } from "../../../../server/http/middleware/admission.ts";
import { createLifecycle } from "../../../../server/http/server/lifecycle.ts";
import { factsOf } from "../../../support/facts.ts";

it("draining still accepts work, and refusing waits for all that is in flight", async () => {
  const lifecycle = createLifecycle();
  lifecycle.drain();
  const running = factsOf();
  acceptWork.run(running, { lifecycle });
  const order: string[] = [];
  const drained = lifecycle.refuse().then(() => order.push("drained"));
  const refusal = { code: "draining", headers: { connection: "close", "retry-after": "1" } };
  const late = factsOf();
  expect(() => acceptWork.run(late, { lifecycle })).toThrow(expect.objectContaining(refusal));
  // What was refused is no work, and ends none.
  late.end();
  await Promise.resolve().then(() => order.push("ended"));
  running.end();
  await drained;
  expect(order).toEqual(["ended", "drained"]);
});

it("work that would not end by itself is told to end, also where it begins while draining", () => {
  const lifecycle = createLifecycle();
  const told: string[] = [];
  const forget = lifecycle.onDrain(() => told.push("gone"));
  lifecycle.onDrain(() => told.push("early"));
  forget();
  lifecycle.drain();
  lifecycle.onDrain(() => told.push("late"));
  expect(told).toEqual(["early", "late"]);
});

it("HEAD is refused with the methods that work, and others pass", () => {
  const refusal = { code: "method-not-allowed", headers: { allow: "GET, POST" } };
  expect(() => refuseHead.run(factsOf({ method: "HEAD" }), undefined)).toThrow(
    expect.objectContaining(refusal),
  );
  for (const method of ["GET", "POST", "DELETE"]) refuseHead.run(factsOf({ method }), undefined);
});

const codeOf = (url: string, rawHeaders: string[]) => {
  const facts = factsOf({ url });
  facts.incoming.rawHeaders = rawHeaders;
  try {
    limitHeaders.run(facts, undefined);
    return "passes";
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const headers = (count: number) => Array.from({ length: count }, (_, index) => [`x-${index}`, "host"]).flat();

it.each<[string, string, string[], string]>([
  ["8192 bytes of address", `/${"a".repeat(8191)}`, [], "passes"],
  ["one more", `/${"a".repeat(8192)}`, [], "address-too-long"],
  ["64 headers", "/", headers(64), "passes"],
  ["one more header", "/", headers(65), "headers-too-large"],
  ["one host", "/", ["Host", "a"], "passes"],
  ["two hosts", "/", ["Host", "a", "x", "y", "hOST", "b"], "request-malformed"],
  ["a header whose value is host", "/", ["host", "host", "x", "host"], "passes"],
])("%s", (_, url, rawHeaders, outcome) => {
  expect(codeOf(url, rawHeaders)).toBe(outcome);
});

// What is known of one request.
import { expect, it } from "vitest";
import { factsOf } from "../../support/facts.ts";

it("method, query and headers are read from Node's request", () => {
  const facts = factsOf({ method: "POST", url: "/a?b=c?d", headers: { "x-a": "1" } });
  expect([facts.method, facts.path, facts.query]).toEqual(["POST", "/a", "b=c?d"]);
  expect([facts.header("x-a"), facts.header("x-b")]).toEqual(["1", undefined]);
});

it("the signal is made once, and aborts when the caller goes before the answer", async () => {
  const facts = factsOf();
  const { signal } = facts;
  expect([facts.signal === signal, signal.aborted]).toEqual([true, false]);
  const closed = new Promise((resolve) => facts.outgoing.once("close", resolve));
  facts.outgoing.destroy();
  await closed;
  expect(signal.aborted).toBe(true);
});

it("work for the end is done once, the last given first", () => {
  const facts = factsOf();
  const done: string[] = [];
  for (const name of ["a", "b"]) facts.onEnd(() => void done.push(name));
  facts.end();
  facts.end();
  expect(done).toEqual(["b", "a"]);
});

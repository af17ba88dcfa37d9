// What is known of one request.
import { once } from "node:events";
import { expect, it } from "vitest";
import { RequestFacts } from "../../../server/http/facts.ts";
import { factsOf } from "../../support/facts.ts";
import { openRaw } from "../../support/raw-connection.ts";
import { sendRaw } from "../../support/raw-request.ts";
import { serveNode } from "../../support/server.ts";

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

it("a field that was given several times is one list, and there may be no query", () => {
  const facts = factsOf({ url: "/a" });
  Object.assign(facts.incoming.headers, { "set-cookie": ["a", "b"] });
  expect([facts.header("set-cookie"), facts.query, factsOf({ url: "/a?" }).query]).toEqual(["a, b", "", ""]);
});

const factsOver = (incoming: RequestFacts["incoming"], outgoing: RequestFacts["outgoing"]): RequestFacts =>
  new RequestFacts({ ...factsOf(), incoming, outgoing });
const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

it("the signal aborts when the caller disconnects before the answer", async () => {
  const aborted = Promise.withResolvers<void>();
  await using server = await serveNode((incoming, outgoing) => {
    factsOver(incoming, outgoing).signal.addEventListener("abort", () => aborted.resolve());
    caller.reset();
  });
  const caller = await openRaw(server.url);
  caller.write(request);
  await aborted.promise;
});

it("the signal does not abort when the answer was sent", async () => {
  const closed = Promise.withResolvers<AbortSignal>();
  await using server = await serveNode((incoming, outgoing) => {
    const signal = factsOver(incoming, outgoing).signal;
    outgoing.on("close", () => closed.resolve(signal));
    outgoing.end("done");
  });
  expect(await sendRaw(server.url, request)).toContain("done");
  expect((await closed.promise).aborted).toBe(false);
});

it("the signal is aborted at once where the response has closed already", async () => {
  const late = Promise.withResolvers<AbortSignal>();
  await using server = await serveNode(async (incoming, outgoing) => {
    outgoing.destroy();
    await once(outgoing, "close");
    late.resolve(factsOver(incoming, outgoing).signal);
  });
  const caller = await openRaw(server.url);
  caller.write(request);
  expect((await late.promise).aborted).toBe(true);
});

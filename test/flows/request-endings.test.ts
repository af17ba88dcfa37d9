// How a request ends that is not answered as usual: errors on the way out, callers who leave, connections that are cut.
import { expect, it } from "vitest";
import { Failure } from "../../server/failures/failure.ts";
import { reply } from "../../server/http/answer.ts";
import type { RequestFacts } from "../../server/http/facts.ts";
import { type Step, step } from "../../server/http/operation.ts";
import { openRaw } from "../support/raw-connection.ts";
import { serveRow } from "../support/rows.ts";
import { until } from "../support/wait.ts";

const stepsOf = (...steps: Step<never, unknown, never>[]) => steps;
const refuseWith = (failure: Failure) =>
  step([failure.code], () => {
    throw failure;
  });

it("an answer that cannot be written becomes a refusal", async () => {
  await using row = await serveRow({
    answer: { write: (facts) => reply(facts, { headers: { "x-a": "line\nbreak" }, body: "" }) },
  });
  const answer = await row.fetch();
  expect([answer.status, answer.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
});

it("an error after the answer has begun ends the connection: an end would look as if it were whole", async () => {
  await using row = await serveRow({
    handler: ({ outgoing }) => {
      outgoing.writeHead(200, { "content-length": "10" }).write("half");
      throw new Error("broken");
    },
  });
  await expect(row.fetch().then((answer) => answer.text())).rejects.toThrow();
  expect(row.ended()).toMatchObject([{ status: 200, refusal: { code: "internal" } }]);
});

it("what was opened for a request is closed in reverse, whether it was answered or refused", async () => {
  const closed: string[] = [];
  const open = (name: string) => step([], (facts: RequestFacts) => facts.onEnd(() => void closed.push(name)));
  const steps = stepsOf(open("first"), open("second"));
  await using answered = await serveRow({ steps });
  await answered.fetch();
  expect(closed.splice(0)).toEqual(["second", "first"]);
  await using refused = await serveRow({ steps: [...steps, refuseWith(new Failure("draining")), ...steps] });
  await refused.fetch();
  expect(closed).toEqual(["second", "first"]);
});

it("work that ends because its caller has gone is no refusal, and its status is 499", async () => {
  const began = Promise.withResolvers<void>();
  const handler = ({ signal }: RequestFacts) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      began.resolve();
    });
  await using row = await serveRow({ handler });
  const connection = await openRaw(row.url);
  connection.write("GET /row HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await began.promise;
  connection.reset();
  await until("the request has ended", () => row.ended().length === 1);
  expect(row.events).toMatchObject([{ status: 499, isAborted: true, refusal: undefined }]);
});

it("work that is aborted while its caller waits is a failure of ours", async () => {
  const handler = () => Promise.reject(new DOMException("aborted", "AbortError"));
  await using row = await serveRow({ handler });
  expect((await row.fetch()).status).toBe(500);
  expect(row.refused()).toMatchObject([{ code: "internal" }]);
});

it("a request that is cut off while it waits behind another has no answer either", async () => {
  const held = Promise.withResolvers<void>();
  const handler = async ({ method, outgoing, signal }: RequestFacts) => {
    if (method === "GET") return held.promise.then(() => "first");
    outgoing.destroy();
    await until("it is aborted", () => signal.aborted);
    throw signal.reason;
  };
  await using row = await serveRow({ handler });
  const connection = await openRaw(row.url);
  for (const method of ["GET", "DELETE"])
    connection.write(`${method} /row HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await until("the second has ended", () => row.ended().length === 1);
  expect(row.ended()).toMatchObject([{ method: "DELETE", status: 499, isAborted: true, refusal: undefined }]);
  held.resolve();
  await connection.closed;
  expect(connection.received).toContain("first");
});

it("an unexpected error is reported also when the caller has gone", async () => {
  const handler = async ({ incoming }: RequestFacts) => {
    incoming.socket.destroy();
    throw new Error("broken");
  };
  await using row = await serveRow({ handler });
  await expect(row.fetch()).rejects.toThrow();
  expect(row.refused()).toMatchObject([{ code: "internal" }]);
  expect(row.ended()).toMatchObject([{ status: 499, isAborted: true }]);
});

it("a request ends under the services under which it began, whatever is in force meanwhile", async () => {
  const held = Promise.withResolvers<void>();
  const tokens = ["old", "new"];
  const steps = stepsOf(step([], () => (tokens.length === 1 ? held.promise : undefined)));
  const handler = (_: RequestFacts, services: object) => (services as { name: string }).name;
  await using row = await serveRow({ steps, handler }, () => ({ name: tokens.shift() }));
  const first = row.fetch();
  await until("it waits", () => tokens.length === 1);
  expect(await (await row.fetch()).text()).toBe("new");
  held.resolve();
  expect(await (await first).text()).toBe("old");
});

// How answers are written.
import { expect, it } from "vitest";
import { z } from "zod";
import { jsonAnswer, type Reply, reply, replyOf, streamed } from "../../../server/http/answer.ts";
import type { RequestFacts } from "../../../server/http/facts.ts";
import { factsOf } from "../../support/facts.ts";
import { serveRow } from "../../support/rows.ts";

/** The answer of a server whose handler returns `answer`. */
const sent = async (answer: Reply, prepare: (facts: RequestFacts) => void = () => {}, init?: RequestInit) => {
  await using row = await serveRow({
    handler: (facts) => {
      prepare(facts);
      return answer;
    },
    answer: { write: (facts, value) => reply(facts, value as Reply) },
  });
  const { status, headers, text } = await row.fetch(init).then(async (response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  }));
  return { status, headers, text };
};

it("a text says its length in bytes, whatever the letters", async () => {
  const { status, headers, text } = await sent({ headers: { "content-type": "text/plain" }, body: "Grüße" });
  expect([status, headers.get("content-length"), text]).toEqual([200, "7", "Grüße"]);
});

it("HEAD says the same length, and sends nothing", async () => {
  const { headers, text } = await sent({ headers: {}, body: "Grüße" }, undefined, { method: "HEAD" });
  expect([headers.get("content-length"), text]).toEqual(["7", ""]);
});

it.each([204, 304])("%i has no body, and no length", async (status) => {
  const answer = await sent({ status, headers: {}, body: undefined });
  expect([answer.status, answer.headers.has("content-length"), answer.text]).toEqual([status, false, ""]);
});

it("an answer's own header wins over the one that all answers have, but both say what they vary by", async () => {
  const { headers } = await sent(
    { headers: { vary: "accept-encoding", "referrer-policy": "origin" }, body: "" },
    ({ outgoing }) => Object.assign(outgoing.fields, { vary: "Origin" }),
  );
  expect([headers.get("vary"), headers.get("referrer-policy")]).toEqual([
    "Origin, accept-encoding",
    "origin",
  ]);
});

it("nothing is written once an answer was begun, nor where the caller has gone", () => {
  const begun = factsOf();
  begun.outgoing.writeHead(201);
  reply(begun, { status: 500, headers: {}, body: "late" });
  expect(begun.outgoing.statusCode).toBe(201);
  const gone = factsOf();
  gone.outgoing.destroy();
  reply(gone, { headers: {}, body: "late" });
  expect(gone.outgoing.headersSent).toBe(false);
});

it("JSON is kept by no cache", async () => {
  const kind = jsonAnswer("A greeting.", z.strictObject({ text: z.string() }));
  await using row = await serveRow({
    handler: () => ({ text: "hello" }),
    answer: { write: (facts, value) => kind.write(facts, value as { text: string }) },
  });
  const answer = await row.fetch();
  expect([answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
    ...["application/json", "no-store"],
  ]);
  expect(await answer.json()).toEqual({ text: "hello" });
});

it("what the contract says of an answer stands beside how it is written", () => {
  expect(replyOf("A file.", { "text/css": "text" }, { mayBeNotModified: true })).toMatchObject({
    ...{ description: "A file.", content: { "text/css": "text" }, mayBeNotModified: true, write: reply },
  });
  const facts = factsOf();
  const kind = streamed("Bytes.", { "*/*": "text" }, { isOpenAis: true });
  kind.write(facts, undefined);
  expect([kind.isOpenAis, facts.outgoing.headersSent]).toEqual([true, false]);
});

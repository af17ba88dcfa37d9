// Reading a buffered body, within its route's limit.
import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import {
  type LimitedBody,
  limitBody,
  readBytes,
  readJsonBody,
} from "../../../../server/http/request/body.ts";
import { createBodyMemory } from "../../../../server/http/request/body-memory.ts";
import { asFailure, problemOf } from "../../../../server/http/response/problem.ts";
import type { BrokerResponse } from "../../../../server/http/server/broker-response.node.ts";
import { alice, factsWith } from "../../../support/facts.ts";
import { sendRaw } from "../../../support/raw-request.ts";
import { serveNode } from "../../../support/server.ts";

const bodyMemory = createBodyMemory(1024 * 1024, setImmediate);
const limited = (incoming: IncomingMessage, outgoing: BrokerResponse): LimitedBody | undefined => {
  const { body } = limitBody(100).run({ incoming, outgoing, caller: alice }, { bodyMemory }) as {
    body: LimitedBody | undefined;
  };
  return body;
};
const read = async (
  init: RequestInit & { duplex?: "half" },
  use: (body: LimitedBody | undefined) => Promise<unknown> = readJsonBody,
): Promise<unknown> => {
  await using server = await serveNode(async (incoming, outgoing) => {
    try {
      const body = limited(incoming, outgoing);
      outgoing.end(JSON.stringify(await use(body)));
    } catch (error) {
      const { status, detail } = problemOf(asFailure(error), "", "");
      outgoing.end(JSON.stringify(`${status} ${detail}`));
    }
  });
  return (await fetch(server.url, { method: "POST", ...init })).json();
};
const json = { "content-type": "application/json" };
const stream = (text: string) => ({
  body: new Blob([text]).stream(),
  duplex: "half" as const,
});

it("an object is read with what JSON.parse would accept silently", async () => {
  expect(await read({ headers: json, body: '{"a":1,"a":2}' })).toEqual({
    value: { a: 2 },
    errors: [{ pointer: "/a", detail: "is given more than once" }],
  });
});

it("no body is an empty object, of whatever type", async () => {
  expect(await read({})).toEqual({ value: {}, errors: [] });
  expect(await read({ headers: { "content-type": "text/plain" }, ...stream("") })).toEqual({
    value: {},
    errors: [],
  });
});

it("a type that a foreign page could send without asking is refused", async () => {
  for (const body of [{ body: "{}" }, stream("{}")]) {
    expect(await read({ headers: { "content-type": "text/plain" }, ...body })).toMatch(/^415 /);
  }
});

it("a body of another type is refused before it is sent", async () => {
  await using server = await serveNode(async (incoming, outgoing) => {
    const body = limited(incoming, outgoing);
    outgoing.end(await readJsonBody(body).catch((error: Error) => error.name));
  });
  const fields = "host: x\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 2\r\n";
  expect(await sendRaw(server.url, `POST / HTTP/1.1\r\n${fields}\r\n`)).toMatch(
    /^HTTP\/1\.1 200 [\s\S]*Failure$/,
  );
});

it("a body over the route's limit is refused", async () => {
  const body = JSON.stringify({ a: "x".repeat(100) });
  for (const each of [{ body }, stream(body)]) {
    expect(await read({ headers: json, ...each })).toBe("413 The body may have 100 bytes.");
  }
});

it("bytes are read as they were sent, and looked at on the way", async () => {
  const ends: number[] = [];
  const use = async (body: LimitedBody | undefined) =>
    (await readBytes(body, (_, end) => ends.push(end))).toString();
  expect(await read({ body: "v=0" }, use)).toBe("v=0");
  expect(ends.at(-1)).toBe(3);
  expect(await read({}, use)).toBe("");
});

const bodyOf = (method: string, headers: Record<string, string>) =>
  limitBody(100).run(factsWith({ caller: alice }, { method, headers }), { bodyMemory });

it("a body may be as long as its route allows, and is not read yet", () => {
  expect(bodyOf("POST", { "content-length": "100" })).toMatchObject({ body: { maxBytes: 100 } });
  expect(() => bodyOf("POST", { "content-length": "101" })).toThrow(
    expect.objectContaining({ code: "request-too-large", headers: { connection: "close" } }),
  );
});

it("no body is no body, and GET has none", () => {
  expect(bodyOf("POST", {})).toEqual({ body: undefined });
  expect(bodyOf("GET", { "content-length": "1000" })).toEqual({ body: undefined });
});

// A request's body over a real connection: its bytes, its limits, its memory.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { Failure } from "../../../../server/failures/failure.ts";
import type { BodyMemory } from "../../../../server/http/request/body-memory.ts";
import { requestBody } from "../../../../server/http/request/request-body.ts";
import type { IncomingBody } from "../../../../server/relay/request-body.ts";
import { openRaw } from "../../../support/raw-connection.ts";
import { sendRaw } from "../../../support/raw-request.ts";
import { serveNode } from "../../../support/server.ts";

/** Counts what is taken, and has room for `maxBytes`. */
const countingMemory = (maxBytes = Number.POSITIVE_INFINITY): BodyMemory & { taken: number } => {
  const memory = {
    taken: 0,
    turns: { mayGoOn: () => true },
    open: () => {
      let own = 0;
      const give = (bytes: number): void => {
        own -= bytes;
        memory.taken -= bytes;
      };
      return {
        take: (bytes: number) => {
          if (memory.taken + bytes > maxBytes) throw new Failure("overloaded");
          own += bytes;
          memory.taken += bytes;
        },
        give,
        release: () => give(own),
      };
    },
  };
  return memory;
};

type Use = (body: IncomingBody) => Promise<unknown>;
const whole: Use = async (body) => (await body.whole(100)).toString();

/** The answer to a request whose body is used so, or the code of its refusal and the bytes that are still held then. */
const answerTo = async (
  request: string,
  { use = whole, memory = countingMemory(), kind = "user" as "signer" | "user" } = {},
): Promise<string> => {
  await using server = await serveNode(async (incoming, outgoing) => {
    try {
      const body = requestBody(incoming, outgoing, { kind, id: "alice" }, memory);
      const read = body ? await use(body) : "none";
      outgoing.end(`read:${read}${incoming.destroyed ? ", and destroyed" : ""}`);
    } catch (error) {
      outgoing.end(`refused:${error instanceof Failure ? error.code : String(error)}, ${memory.taken} held`);
    }
  });
  return await sendRaw(server.url, request);
};

const post = (fields: string, body = "", length = body.length): string =>
  `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${length}\r\n${fields}\r\n${body}`;
const chunked = (...chunks: string[]): string =>
  `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${[...chunks, ""]
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join("")}`;

it("the bytes are those that were sent, with and without a stated length", async () => {
  expect(await answerTo(post("", "hello"))).toContain("read:hello");
  expect(await answerTo(chunked("hel", "lo"))).toContain("read:hello");
});

it("a request without a body has none", async () => {
  expect(await answerTo(post(""))).toContain("read:none");
  expect(await answerTo("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toContain("read:none");
});

it("a compressed body is refused", async () => {
  expect(await answerTo(post("content-encoding: gzip\r\n", "x"))).toContain("refused:media-type-unsupported");
  expect(await answerTo(post("content-encoding: identity\r\n", "x"))).toContain("read:x");
});

it("a body that is too large is refused, whether or not it states its length", async () => {
  const memory = countingMemory();
  expect(await answerTo(post("", "x".repeat(101)), { memory })).toContain("refused:request-too-large");
  expect(await answerTo(chunked("x".repeat(60), "y".repeat(60)), { memory })).toContain(
    "refused:request-too-large, 0 held",
  );
  expect(await answerTo(post("", "x".repeat(100)), { memory })).toContain("read:xxx");
  expect(memory.taken).toBe(0);
});

it("a client that waits to be told to continue is told when the body is read, and not where it is refused", async () => {
  const expecting = "expect: 100-continue\r\n";
  expect(await answerTo(post(expecting, "x"))).toMatch(/^HTTP\/1\.1 100 Continue\r\n[\s\S]*read:x/);
  expect(await answerTo(post(expecting, "", 101))).toMatch(
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*refused:request-too-large/,
  );
});

it("a signer's body must match the digest that was signed", async () => {
  const digest = createHash("sha256").update("x").digest("base64");
  const signed = (body: string) => post(`content-digest: sha-256=:${digest}:\r\n`, body);
  const kind = "signer";
  expect(await answerTo(signed("x"), { kind })).toContain("read:x");
  expect(await answerTo(signed("y"), { kind })).toContain("refused:credentials-rejected");
  expect(await answerTo(post("", "x"), { kind })).toContain("refused:credentials-rejected");
  expect(await answerTo(signed("y"))).toContain("read:y");
});

it("what looks at the bytes sees all that have arrived, and its refusal gives the memory back", async () => {
  const memory = countingMemory();
  const seen: string[] = [];
  const use: Use = async (body) =>
    body.whole(100, (bytes, end) => {
      seen.push(bytes.toString("utf8", 0, end));
      if (end > 3) throw new Failure("request-malformed");
    });
  expect(await answerTo(chunked("ab", "cd", "ef"), { use, memory })).toContain(
    "refused:request-malformed, 0 held",
  );
  expect(seen.at(-1)?.startsWith("ab")).toBe(true);
  expect(memory.taken).toBe(0);
});

it("where there is no room the body is refused, and none of it is kept", async () => {
  const memory = countingMemory(4);
  expect(await answerTo(post("", "hello"), { memory })).toContain("refused:overloaded, 0 held");
  expect(memory.taken).toBe(0);
});

it("memory is held until it is released, or the response has closed", async () => {
  const memory = countingMemory();
  const held: number[] = [];
  const use: Use = async (body) => {
    await body.whole(100);
    body.charge(10);
    held.push(memory.taken);
    body.discharge(10);
    held.push(memory.taken);
  };
  await answerTo(post("", "hello"), { use, memory });
  expect([...held, memory.taken]).toEqual([15, 5, 0]);
});

it("a caller who leaves in the middle ends the reading, and takes no memory any more", async () => {
  const memory = countingMemory();
  const outcome = Promise.withResolvers<unknown>();
  await using server = await serveNode(async (incoming, outgoing) => {
    const body = requestBody(incoming, outgoing, { kind: "user", id: "alice" }, memory);
    const reading = body?.whole(100).catch((error: Error) => error.name);
    caller.reset();
    const name = await reading;
    if (!outgoing.closed) await once(outgoing, "close");
    const late = await Promise.allSettled([body?.whole(100), (async () => body?.charge(1))()]);
    outcome.resolve([name, ...late.map((each) => each.status), memory.taken]);
  });
  const caller = await openRaw(server.url);
  caller.write(post("", "hel", 5));
  expect(await outcome.promise).toEqual(["AbortError", "rejected", "rejected", 0]);
});

it("a streamed body arrives chunk by chunk, and the answer is sent even if it is not read to its end", async () => {
  const use: Use = async (body) => {
    let first = "";
    for await (const chunk of body.passing()) {
      first = Buffer.from(chunk).toString();
      break;
    }
    await nextTurn();
    return first;
  };
  expect(await answerTo(post("", "hello", 10), { use })).toMatch(/read:hello$/);
  expect(await answerTo(post("expect: 100-continue\r\n", "x"), { use })).toMatch(/^HTTP\/1\.1 100 Continue/);
});

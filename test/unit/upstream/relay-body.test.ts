// Bodies as undici is given them: not held for longer than it takes to send them.
import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { RelayBody } from "../../../server/upstream/relay.ts";
import { lengthFields, sendable } from "../../../server/upstream/relay-body.ts";

const unobserved = () => {};
const read = async (body: unknown): Promise<Buffer> => Buffer.concat(await (body as Readable).toArray());

describe("a buffered body", () => {
  it("is sent as it is, up to 256 KiB", () => {
    const bytes = Buffer.alloc(256 * 1024);
    expect(sendable({ kind: "buffered", bytes }, unobserved)).toBe(bytes);
    expect(lengthFields({ kind: "buffered", bytes })).toEqual([]);
  });

  it("is sent in pieces with its length beyond that, whole, and as often as it takes", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 * 1024 + 1 }, (_, index) => index % 251));
    const body: RelayBody = { kind: "buffered", bytes };
    expect(lengthFields(body)).toEqual(["content-length", String(bytes.length)]);
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect(bytes.equals(await read(sendable(body, unobserved)))).toBe(true);
  });
});

describe("a streaming body", () => {
  const streaming = (bytes: AsyncIterable<Uint8Array>): Extract<RelayBody, { kind: "streaming" }> => ({
    ...{ kind: "streaming", bytes, begun: false, broken: false },
  });

  it("is passed on, its bytes are counted, and it cannot be sent again once it has begun", async () => {
    const body = streaming(
      (async function* () {
        yield Buffer.from("ab");
        yield Buffer.from("cde");
      })(),
    );
    const counts: number[] = [];
    const sent = sendable(body, (bytes) => counts.push(bytes));
    expect(body.begun).toBe(false);
    expect((await read(sent)).toString()).toBe("abcde");
    expect([counts, body.begun, body.broken]).toEqual([[2, 3], true, false]);
  });

  it("that its sender breaks off is known to be broken", async () => {
    const body = streaming(
      // biome-ignore lint/correctness/useYield: it breaks off before its first byte.
      (async function* () {
        throw new Error("gone");
      })(),
    );
    await expect(read(sendable(body, unobserved))).rejects.toThrow("gone");
    expect([body.begun, body.broken]).toEqual([false, true]);
  });
});

it("no body is none", () => {
  expect([sendable(undefined, unobserved), lengthFields(undefined)]).toEqual([null, []]);
});

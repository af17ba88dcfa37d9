// A request for all callers who wait for it: where its response comes from, and which response is stored.
import { describe, expect, it } from "vitest";
import { createBufferMemory } from "../../../../server/relay/cache/buffer-memory.ts";
import type { CachedResponse } from "../../../../server/relay/cache/response-cache.ts";
import { type ShareableRequest, SharedRequest } from "../../../../server/relay/cache/shared-request.ts";
import type { Recipient } from "../../../../server/upstream/relay.ts";
import { testFlow, testRecipient } from "../../../support/recipient.ts";

const cachedHello: CachedResponse = {
  status: 200,
  headers: { etag: "1" },
  body: Buffer.from("hello"),
};

interface SetUp {
  cached?: CachedResponse;
  more?: Partial<ShareableRequest>;
}

const setUp = ({ cached, more }: SetUp = {}) => {
  const stored: { key: string; text: string; ttlSeconds: number }[] = [];
  const looked: string[] = [];
  const sent: { recipient: Recipient; signal: AbortSignal }[] = [];
  const upstream = Promise.withResolvers<string>();
  let timesOver = 0;
  const request: ShareableRequest = {
    key: "k",
    ttlSeconds: 60,
    identity: "alice",
    mayReuse: true,
    recipient: testRecipient(),
    signal: new AbortController().signal,
    waitMs: undefined,
    send: (recipient, signal) => {
      sent.push({ recipient, signal });
      return upstream.promise;
    },
    ...more,
  };
  const shared = new SharedRequest(
    request,
    {
      responses: {
        maxBytes: 200,
        find: async (key) => {
          looked.push(key);
          return cached;
        },
        store: async (key, { body }, ttlSeconds) =>
          void stored.push({ key, text: body.toString(), ttlSeconds }),
      },
      memory: createBufferMemory(1000),
    },
    () => {
      timesOver += 1;
    },
  );
  const recipient = testRecipient();
  const leave = shared.response.subscribe(recipient);
  /** OpenAI answers so. */
  const answer = async (headers: Record<string, string>, text: string, status = 200) => {
    await settled();
    sent[0]?.recipient.onHead(status, headers, testFlow());
    upstream.resolve("the-key");
    sent[0]?.recipient.onData(Buffer.from(text));
    sent[0]?.recipient.onEnd();
  };
  const over = () => timesOver;
  return { shared, recipient, leave, looked, sent, stored, upstream, answer, over };
};

/** The look into the cache is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const stream = { "content-type": "text/event-stream; charset=utf-8" };

describe("a response from the cache", () => {
  it("goes to the caller whole, is a hit, and OpenAI is not asked", async () => {
    const { shared, recipient, sent } = setUp({ cached: cachedHello });
    expect(await shared.begun).toBeUndefined();
    expect(shared.isHit).toBe(true);
    expect(recipient).toMatchObject({ status: 200, headers: { etag: "1" }, text: "hello", ending: "whole" });
    expect(sent).toEqual([]);
  });

  it("is not stored once more: its time must not begin anew", async () => {
    const { shared, stored } = setUp({ cached: cachedHello });
    await shared.begun;
    expect(stored).toEqual([]);
  });

  it("may be read slowly", async () => {
    const { shared } = setUp({ cached: cachedHello });
    const slow = testRecipient();
    shared.response.subscribe({
      ...slow,
      onHead: (status, headers, flow) => {
        slow.onHead(status, headers, flow);
        slow.pause();
      },
    });
    await shared.begun;
    expect(slow.text).toBe("");
    slow.resume();
    expect([slow.text, slow.ending]).toEqual(["hello", "whole"]);
  });

  it("is not looked for where a fresh one is wanted, and the fresh one is stored", async () => {
    const { shared, looked, stored, answer } = setUp({ cached: cachedHello, more: { mayReuse: false } });
    await answer({}, "fresh");
    expect(await shared.begun).toBe("the-key");
    expect([looked, shared.isHit]).toEqual([[], false]);
    expect(stored).toEqual([{ key: "k", text: "fresh", ttlSeconds: 60 }]);
  });
});

describe("a response from OpenAI", () => {
  it("goes to the caller, is no hit, and is stored under its key for its time", async () => {
    const { shared, recipient, looked, stored, answer, over } = setUp();
    await answer({ etag: "2" }, "fresh");
    expect(await shared.begun).toBe("the-key");
    expect([looked, shared.isHit, shared.identity]).toEqual([["k"], false, "alice"]);
    expect(recipient).toMatchObject({ status: 200, headers: { etag: "2" }, text: "fresh", ending: "whole" });
    expect(stored).toEqual([{ key: "k", text: "fresh", ttlSeconds: 60 }]);
    expect(over()).toBe(1);
  });

  it("is copied from the socket's memory, which the socket may use again", async () => {
    const { recipient, leave, shared, sent } = setUp();
    await settled();
    const slow = testRecipient();
    shared.response.subscribe(slow);
    sent[0]?.recipient.onHead(200, {}, testFlow());
    slow.pause();
    const chunk = Buffer.from("hello");
    sent[0]?.recipient.onData(chunk);
    chunk.fill("x");
    slow.resume();
    expect([recipient.text, slow.text]).toEqual(["hello", "hello"]);
    leave(new Error("the caller left"));
  });

  it("that breaks is broken for the caller, and not stored", async () => {
    const { recipient, sent, stored } = setUp();
    await settled();
    sent[0]?.recipient.onHead(200, {}, testFlow());
    sent[0]?.recipient.onBreak(new Error("reset"));
    expect([recipient.ending, stored]).toEqual(["reset", []]);
  });

  it("that never begins fails for all who wait, and no other caller may join", async () => {
    const { shared, upstream, over } = setUp();
    upstream.reject(new Error("OpenAI fails"));
    await expect(shared.begun).rejects.toThrow("OpenAI fails");
    expect(over()).toBe(1);
  });

  it("is given up when the last caller leaves", async () => {
    const { leave, sent, over } = setUp();
    await settled();
    expect(sent[0]?.signal.aborted).toBe(false);
    leave(new Error("the caller left"));
    expect([sent[0]?.signal.aborted, over()]).toEqual([true, 1]);
  });

  it.each<[string, Record<string, string>, string, number?]>([
    ["a refusal", {}, "no", 400],
    ["another success than 200", {}, "made", 201],
    ["what must not be stored", { "cache-control": "private, NO-STORE" }, "hello"],
    ["a stream that is cut off", stream, "data: 1\n\n"],
    ["a stream that goes on after its end", stream, `data: [DONE]\n\ndata: ${"1".repeat(70)}\n\n`],
    ["a stream that tells a failure", stream, 'data: {"error":{"message":"m"}}\n\ndata: [DONE]\n\n'],
    ["more than is stored of one response", {}, "a".repeat(201)],
  ])("is not stored if it is %s", async (_, headers, text, status) => {
    const { recipient, stored, answer } = setUp();
    await answer(headers, text, status);
    expect([recipient.text, recipient.ending, stored]).toEqual([text, "whole", []]);
  });

  it.each<[string, Record<string, string>, string]>([
    ["may be stored by its own words", { "cache-control": "max-age=0" }, "hello"],
    ["says a word that only contains no-store", { "cache-control": "x-no-stores" }, "hello"],
    ["is JSON that speaks of an error", { "content-type": "application/json" }, 'data: {"error"'],
    ["is a whole stream", stream, "data: 1\n\ndata: [DONE]\n\n"],
    ["is a whole stream without blank lines at its end", stream, "data: 1\n\ndata: [DONE]"],
  ])("is stored if it %s", async (_, headers, text) => {
    const { stored, answer } = setUp();
    await answer(headers, text);
    expect(stored.map((each) => each.text)).toEqual([text]);
  });
});

// The relay's whole job with an upstream of the test's own: what is checked, in which order, and what is told in the end.
import { describe, expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { systemTimers } from "../../../server/clock.ts";
import { relayRuleSchema } from "../../../server/config/broker-file.ts";
import { createBufferMemory } from "../../../server/relay/cache/buffer-memory.ts";
import { memoryResponseCache } from "../../../server/relay/cache/response-cache.memory.ts";
import { createSharedRequests } from "../../../server/relay/cache/shared-requests.ts";
import { relayRules } from "../../../server/relay/policy/rules.ts";
import { checkCall, createRelay, type RelayCall } from "../../../server/relay/relay.ts";
import type { RelayedRequest } from "../../../server/upstream/relay.ts";
import { testFlow, testRecipient } from "../../support/recipient.ts";

const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: [] };
const answer = '{"model":"gpt-5-mini-2025-08-07","usage":{"prompt_tokens":3,"completion_tokens":2}}';
const chat = { model: "gpt-5-mini", temperature: 0, messages: [{ role: "user", content: "Hello" }] };

/** `begun` is when the upstream begins to answer. */
const setUp = (ruleText: object = {}, begun = Promise.resolve()) => {
  const asked: RelayedRequest[] = [];
  const moderated: (readonly string[])[] = [];
  const [rule] = relayRules({ all: relayRuleSchema.parse({ allow: ["everyone"], ...ruleText }) });
  if (!rule) throw new Error("no rule");
  const relay = createRelay({
    timers: systemTimers,
    upstream: {
      relay: async (request, recipient) => {
        asked.push(request);
        await begun;
        const headers = { "content-type": "application/json", "x-request-id": "req_1" };
        recipient.onHead(200, headers, testFlow());
        recipient.onData(Buffer.from(answer));
        recipient.onEnd();
        return "key-1";
      },
    },
    sharedRequests: createSharedRequests({
      responses: memoryResponseCache(100_000, () => 0),
      memory: createBufferMemory(100_000),
      startTimer: () => () => {},
    }),
    moderate: async (_, texts) => {
      moderated.push(texts);
      if (texts.includes("flagged")) throw new Error("flagged");
    },
    hashIdentity: (id) => `hash of ${id}`,
    timeoutMs: () => 60_000,
  });
  const ask = async (body: unknown = chat, more: Partial<RelayCall> = {}) => {
    const bytes = Buffer.from(JSON.stringify(body));
    const recipient = testRecipient();
    const call: RelayCall = {
      caller: alice,
      rule,
      method: "POST",
      path: "/v1/chat/completions",
      query: "",
      headers: {},
      body: {
        contentType: "application/json",
        length: bytes.length,
        isSigned: false,
        whole: async (_, look) => {
          look?.(bytes, bytes.length);
          return bytes;
        },
        passing: async function* () {
          yield bytes;
        },
        charge: () => {},
        discharge: () => {},
        release: () => {},
      },
      signal: new AbortController().signal,
      ...more,
    };
    return { relayed: await relay(await checkCall(call), recipient), recipient };
  };
  return { ask, asked, moderated };
};

describe("a relayed request", () => {
  it("tells what happened, usage and all", async () => {
    const { ask } = setUp();
    const { relayed, recipient } = await ask();
    expect(recipient.text).toBe(answer);
    expect(relayed).toEqual({
      rule: "all",
      status: 200,
      model: "gpt-5-mini",
      answeredModel: "gpt-5-mini-2025-08-07",
      serviceTier: undefined,
      upstreamKey: "key-1",
      openAiRequestId: "req_1",
      cache: undefined,
      countsUsage: true,
      usage: { prompt_tokens: 3, completion_tokens: 2 },
      broken: undefined,
    });
  });

  it("goes to the same path and query beneath the key's address", async () => {
    const { ask, asked } = setUp({ paths: ["/v1/*"] });
    await ask(chat, { query: "a=1" });
    expect(asked[0]).toMatchObject({ method: "POST", target: "/chat/completions?a=1", timeoutMs: 60_000 });
    expect(asked[0]?.headers).toContain("hash of token:alice");
  });

  it("has the caller's own time-out where that is shorter", async () => {
    const { ask, asked } = setUp();
    for (const seconds of ["5", "500", "-1", "soon"])
      await ask(chat, { headers: { "x-stainless-timeout": seconds } });
    expect(asked.map(({ timeoutMs, isCallersTime }) => [timeoutMs, isCallersTime])).toEqual([
      [5000, true],
      [60_000, false],
      [60_000, false],
      [60_000, false],
    ]);
  });

  it("whose body names another model than the rule allows reaches nothing", async () => {
    const { ask, asked } = setUp({ models: ["gpt-5-*"] });
    const tool = { type: "image_generation", model: "gpt-image-1" };
    await expect(ask({ ...chat, tools: [tool] })).rejects.toMatchObject({ code: "model-forbidden" });
    await expect(ask(chat, { query: "model=gpt-4o" })).rejects.toMatchObject({ code: "model-forbidden" });
    expect(asked).toEqual([]);
  });
});

describe("moderation", () => {
  it("comes before the model, with the caller's texts", async () => {
    const { ask, asked, moderated } = setUp({ moderation: {} });
    await ask();
    await expect(ask({ ...chat, messages: [{ role: "user", content: "flagged" }] })).rejects.toThrow(
      "flagged",
    );
    expect(moderated).toEqual([["Hello"], ["flagged"]]);
    expect(asked.length).toBe(1);
  });

  it("comes before the cache too: rules change, and a cached answer is for checked texts", async () => {
    const { ask, moderated } = setUp({ moderation: {}, cache_seconds: 60 });
    await ask();
    expect((await ask()).relayed.cache).toBe("hit");
    expect(moderated.length).toBe(2);
  });

  it("refuses more than it can read, and what it cannot read", async () => {
    const { ask } = setUp({ moderation: {} });
    const many = { ...chat, messages: Array(30_000).fill({ role: "user", content: "" }) };
    await expect(ask(many)).rejects.toMatchObject({ code: "request-too-large" });
    await expect(ask({ ...chat, file_id: "file-1" })).rejects.toMatchObject({ code: "input-unreadable" });
  });
});

describe("the response cache", () => {
  it("answers the same again, with the usage that it told, and without a key", async () => {
    const { ask, asked } = setUp({ cache_seconds: 60 });
    expect((await ask()).relayed).toMatchObject({ cache: "miss", upstreamKey: "key-1" });
    const { relayed, recipient } = await ask();
    expect(relayed).toMatchObject({ cache: "hit", upstreamKey: undefined, usage: { prompt_tokens: 3 } });
    expect(recipient.text).toBe(answer);
    expect(asked.length).toBe(1);
  });

  it("does what `cache-control` says", async () => {
    const { ask, asked } = setUp({ cache_seconds: 60 });
    const told: unknown[] = [];
    for (const value of ["no-store", "No-Cache", "max-age=0", "no-cache"])
      told.push((await ask(chat, { headers: { "cache-control": value } })).relayed.cache);
    expect(told).toEqual([undefined, "miss", "hit", "miss"]);
    expect(asked.length).toBe(3);
  });

  it("is keyed by what the caller asked, not by the usage that the service asks for", async () => {
    const { ask, asked } = setUp({ cache_seconds: 60 });
    const stream = { ...chat, stream: true };
    await ask(stream);
    expect((await ask({ ...stream, stream_options: { include_usage: true } })).relayed.cache).toBe("miss");
    expect(asked.length).toBe(2);
  });

  it("drops the body of the caller who asked first, even if they leave before the answer begins", async () => {
    const begun = Promise.withResolvers<void>();
    const { ask, asked } = setUp({ cache_seconds: 60 }, begun.promise);
    const leaving = new AbortController();
    const both = [ask(chat, { signal: leaving.signal }), ask()];
    await new Promise(setImmediate);
    leaving.abort();
    begun.resolve();
    await Promise.allSettled(both);
    expect(asked.map(({ body }) => body?.kind === "buffered" && body.bytes.length)).toEqual([0]);
  });

  it("sends with the service's own deadline, as the answer may be for others", async () => {
    const { ask, asked } = setUp({ cache_seconds: 60 });
    await ask(chat, { headers: { "x-stainless-timeout": "5" } });
    expect(asked[0]).toMatchObject({ timeoutMs: 60_000, isCallersTime: false });
  });
});

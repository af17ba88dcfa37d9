// The response cache in memory: what is found, until when, and what goes first.
import { expect, it } from "vitest";
import { memoryResponseCache } from "../../../../server/relay/cache/response-cache.memory.ts";
import type { CachedResponse } from "../../../../server/relay/cache/response-cache.ts";

const responseOf = (bytes: number): CachedResponse => ({
  status: 200,
  headers: {},
  body: Buffer.alloc(bytes),
});

const setUp = (maxBytes = 64 * 1024) => {
  let now = 1000;
  const cache = memoryResponseCache(maxBytes, () => now);
  return { cache, pass: (ms: number) => (now += ms) };
};

it("finds a response until its time is over, to the millisecond", async () => {
  const { cache, pass } = setUp();
  await cache.store("a", responseOf(1), 60);
  pass(59_999);
  expect(await cache.find("a")).toBeDefined();
  pass(2);
  expect(await cache.find("a")).toBeUndefined();
});

it("does not prolong that time when a response is used", async () => {
  const { cache, pass } = setUp();
  await cache.store("a", responseOf(1), 60);
  pass(30_000);
  await cache.find("a");
  pass(30_001);
  expect(await cache.find("a")).toBeUndefined();
});

it("stays within its bytes, and the least recently used goes first", async () => {
  const { cache } = setUp();
  for (const key of ["a", "b", "c", "d", "e", "f", "g"]) {
    await cache.store(key, responseOf(8 * 1024), 60);
    expect(await cache.find("a")).toBeDefined();
  }
  await cache.store("h", responseOf(8 * 1024), 60);
  expect(await cache.find("b")).toBeUndefined();
  expect(await cache.find("a")).toBeDefined();
});

it("takes an eighth of its bytes for one response at most", () => {
  expect(setUp(64 * 1024).cache.maxBytes).toBe(8 * 1024);
});

// How long an authenticated user is remembered, and how many are.
import { expect, it } from "vitest";
import { createUserCache } from "../../../../server/auth/users/user-cache.ts";

const caller = (id: string) => ({ kind: "guest", id }) as const;

/** A cache and two clocks that are moved apart by hand. */
const open = () => {
  const cache = createUserCache();
  const time = { now: 1_763_640_000_000, monotonic: 60_000 };
  const clock = { now: () => time.now, monotonic: () => time.monotonic };
  return {
    time,
    remember: (hash: string, expiresAt?: number) =>
      cache.remember(hash, { caller: caller(hash), askedAt: time.monotonic, expiresAt }),
    find: (hash: string) => cache.find(hash, clock)?.id,
  };
};

it("remembers a user for half a second, however the time of day is changed", () => {
  const { time, remember, find } = open();
  remember("a");
  time.monotonic += 499;
  time.now -= 3_600_000;
  expect(find("a")).toBe("a");
  time.monotonic += 1;
  expect(find("a")).toBeUndefined();
});

it("forgets a user at the token's own end", () => {
  const { time, remember, find } = open();
  remember("a", time.now + 10);
  time.now += 9;
  expect(find("a")).toBe("a");
  time.now += 1;
  expect(find("a")).toBeUndefined();
});

it("knows no user by another hash", () => {
  const { remember, find } = open();
  remember("a");
  expect([find("b"), find(""), find("constructor")]).toEqual([undefined, undefined, undefined]);
});

it("remembers ten thousand at most, and forgets the one that was not used for longest", () => {
  const { remember, find } = open();
  for (let index = 0; index < 10_000; index += 1) remember(String(index));
  expect(find("0")).toBe("0");
  remember("10000");
  expect([find("0"), find("1"), find("10000")]).toEqual(["0", undefined, "10000"]);
});

// Concurrency limits: how many requests or sockets of one caller may be open at the same time.
import { expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import {
  createConcurrency,
  inFlightSchema,
  type OpenCounts,
  socketsSchema,
} from "../../../server/limits/concurrency.ts";

const token = (id: string): Caller => ({ kind: "token", id, name: id, roles: [] });
const alice = token("token:alice");
const bob = token("token:bob");
const guest: Caller = { kind: "guest", id: "guest:203.0.113.9" };
const limit = (caller: number, open: OpenCounts = new Map(), guestsAreStrangers = true) =>
  createConcurrency({ limit: "in-flight-caller", caller, guest: 1, guestsAreStrangers }, open);

it("lets each caller have as many open as the quota says", () => {
  const concurrency = limit(2);
  expect(concurrency.limit).toBe("in-flight-caller");
  expect(concurrency.enter(alice)).toEqual({ allowed: true, quota: 2, remaining: 1 });
  expect(concurrency.enter(alice)).toEqual({ allowed: true, quota: 2, remaining: 0 });
  expect(concurrency.enter(alice)).toEqual({ allowed: false, quota: 2, remaining: 0 });
  expect(concurrency.enter(bob)).toMatchObject({ allowed: true });
});

it("counts no refused request, so that one that ends makes room for one", () => {
  const concurrency = limit(1);
  concurrency.enter(alice);
  concurrency.enter(alice);
  concurrency.leave(alice);
  expect(concurrency.enter(alice)).toMatchObject({ allowed: true });
  expect(concurrency.enter(alice)).toMatchObject({ allowed: false });
});

it("gives guests from anywhere their own quota, and the one local guest a caller's", () => {
  expect(limit(5).enter(guest)).toMatchObject({ quota: 1 });
  expect(limit(5, new Map(), false).enter(guest)).toMatchObject({ quota: 5 });
  expect(limit(5).enter(alice)).toMatchObject({ quota: 5 });
});

it("remembers nothing of callers who have nothing open", () => {
  const open: OpenCounts = new Map();
  const concurrency = limit(3, open);
  for (const caller of [alice, alice, bob]) concurrency.enter(caller);
  for (const caller of [alice, bob]) concurrency.leave(caller);
  expect([...open]).toEqual([[alice.id, 1]]);
  concurrency.leave(alice);
  expect(open.size).toBe(0);
});

it("a lowered quota refuses new requests and lets those in flight end, with the counts right", () => {
  const open: OpenCounts = new Map();
  const before = limit(3, open);
  for (let count = 0; count < 3; count += 1) before.enter(alice);
  const after = limit(1, open);
  expect(after.enter(alice)).toEqual({ allowed: false, quota: 1, remaining: 0 });
  // Those in flight end under the quota under which they began.
  before.leave(alice);
  before.leave(alice);
  expect(after.enter(alice)).toMatchObject({ allowed: false });
  before.leave(alice);
  expect(after.enter(alice)).toEqual({ allowed: true, quota: 1, remaining: 0 });
  after.leave(alice);
  expect(open.size).toBe(0);
});

it("a raised quota lets more in at once", () => {
  const open: OpenCounts = new Map();
  limit(1, open).enter(alice);
  expect(limit(2, open).enter(alice)).toEqual({ allowed: true, quota: 2, remaining: 0 });
});

it("the defaults are 100 requests and 20 sockets of a caller, 10 and 2 of a guest", () => {
  expect(inFlightSchema.parse(undefined)).toEqual({ caller: 100, guest: 10 });
  expect(socketsSchema.parse(undefined)).toEqual({ caller: 20, guest: 2 });
});

it.each([1, 1_000_000])("takes %i for a quota", (quota) => {
  expect(inFlightSchema.parse({ caller: quota })).toEqual({ caller: quota, guest: 10 });
});

it("none is no limit", () => {
  expect(socketsSchema.parse({ guest: "none" })).toEqual({ caller: 20, guest: Number.POSITIVE_INFINITY });
});

it.each([0, -1, 1.5, 1_000_001, "ten"])("refuses %j for a quota, and says what fits", (quota) => {
  const { error } = inFlightSchema.safeParse({ caller: quota });
  expect(error?.issues[0]?.message).toBe("must be a number from 1 to 1000000, or none");
});

it("refuses other words", () => {
  expect(inFlightSchema.safeParse({ users: 3 }).success).toBe(false);
});

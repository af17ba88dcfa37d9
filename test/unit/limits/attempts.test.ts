// Attempts to authenticate from one address: which wait, which are refused, and what is counted.
import { expect, it } from "vitest";
import { type AttemptsUnderWay, createAttempts } from "../../../server/limits/attempts.ts";
import { memoryCounter } from "../../../server/limits/counter.memory.ts";
import { createLimiter } from "../../../server/limits/limiter.ts";
import { parseRates } from "../../../server/rates.ts";
import { createTestTime } from "../../support/time.ts";

const timeBudget = { wait: <T>(work: Promise<T>) => work };
const checksOf = (rate: string, key = "here") => [
  { limit: "failed", rates: rate === "none" ? [] : (parseRates(rate) ?? []), key, exposed: false },
];

const setUp = (rate: string) => {
  const time = createTestTime();
  const underWay: AttemptsUnderWay = new Map();
  const limiter = createLimiter(memoryCounter(time.clock));
  const attempts = createAttempts({ limiter, timers: time.timers, underWay });
  let verifying = 0;
  let most = 0;
  const begin = (address = "here") => attempts.begin(address, checksOf(rate, address), () => timeBudget);
  const verify = async (isGood: boolean, address?: string): Promise<"good" | "bad" | number> => {
    const attempt = await begin(address);
    if (!attempt.allowed) return attempt.retryAfterSeconds;
    verifying += 1;
    most = Math.max(most, verifying);
    await new Promise((resolve) => setImmediate(resolve));
    verifying -= 1;
    await attempt.end(!isGood);
    return isGood ? "good" : "bad";
  };
  const times = (count: number, isGood: boolean, address?: string) =>
    Promise.all(Array.from({ length: count }, () => verify(isGood, address)));
  return { time, underWay, limiter, begin, verify, times, most: () => most };
};

it("lets any number of good credentials of one address pass at once, and takes turns", async () => {
  const { times, most, underWay, time } = setUp("3 per minute");
  expect(await times(200, true)).toEqual(Array(200).fill("good"));
  expect(most()).toBe(3);
  // Nothing is remembered of them, and no timer is left.
  expect(underWay.size).toBe(0);
  expect(time.pending()).toBe(0);
});

it("verifies no more bad ones at once than may fail, and then none", async () => {
  const { times, verify, underWay } = setUp("3 per minute");
  expect(await times(200, false)).toEqual([...Array(3).fill("bad"), ...Array(197).fill(60)]);
  expect(await verify(true)).toBe(60);
  expect(await verify(true, "elsewhere")).toBe("good");
  expect(underWay.size).toBe(0);
});

it("says which limit is used up, and when the last of them ends", async () => {
  const { times, begin } = setUp("1 per minute, 1 per hour, 2 per day");
  await times(1, false);
  expect(await begin()).toMatchObject({
    allowed: false,
    violated: [{ window: "failed-minute" }, { window: "failed-hour" }],
    retryAfterSeconds: 3600,
  });
});

it("refuses those who would wait when there are too many, and keeps none waiting for ever", async () => {
  const { times } = setUp("1 per minute");
  const outcomes = await times(1500, true);
  expect(outcomes.filter((outcome) => outcome === "good")).toHaveLength(1001);
  expect(outcomes.filter((outcome) => outcome === 1)).toHaveLength(499);
});

it("verifies everything where nothing is limited", async () => {
  const { times } = setUp("none");
  expect(await times(50, false)).toEqual(Array(50).fill("bad"));
});

it("waits five seconds at most for an attempt that hangs, and goes on once it has ended", async () => {
  const { time, begin, underWay } = setUp("1 per minute");
  const hanging = await begin();
  let ended = 0;
  const late = [begin(), begin(), begin()].map((attempt) => attempt.finally(() => ended++));
  await time.pass(4999);
  expect(ended).toBe(0);
  await time.pass(1);
  for (const attempt of await Promise.all(late)) {
    expect(attempt).toMatchObject({
      allowed: false,
      violated: [{ window: "failed-minute", remaining: 1 }],
      retryAfterSeconds: 1,
    });
  }
  expect(underWay.get("here")).toEqual({ running: 1, waiting: [] });
  const waiting = begin();
  if (hanging.allowed) await hanging.end(false);
  expect(await waiting).toMatchObject({ allowed: true });
});

it("wakes those who wait in their order, also after one of them has given up", async () => {
  const { time, begin } = setUp("1 per minute");
  const order: string[] = [];
  const first = await begin();
  void begin().then((attempt) => order.push(`gave up: ${attempt.allowed}`));
  await time.pass(3000);
  const second = begin();
  void second.then(() => order.push("second"));
  await time.pass(0);
  void begin().then(() => order.push("third"));
  await time.pass(2000);
  if (first.allowed) await first.end(false);
  await time.pass(0);
  expect(order).toEqual(["gave up: false", "second"]);
  const attempt = await second;
  if (attempt.allowed) await attempt.end(false);
  await time.pass(0);
  expect(order).toEqual(["gave up: false", "second", "third"]);
});

it("counts a failed attempt before the next one may run", async () => {
  const { begin } = setUp("1 per hour");
  const first = await begin();
  const second = begin();
  if (first.allowed) await first.end(true);
  expect(await second).toMatchObject({ allowed: false, retryAfterSeconds: 3600 });
});

it("goes on with the attempts under way when the limits change", async () => {
  const { time, limiter, underWay, begin } = setUp("1 per minute");
  const running = await begin();
  const changed = createAttempts({ limiter, timers: time.timers, underWay });
  const waiting = changed.begin("here", checksOf("1 per minute"), () => timeBudget);
  await time.pass(0);
  expect(underWay.get("here")?.waiting).toHaveLength(1);
  if (running.allowed) await running.end(false);
  expect(await waiting).toMatchObject({ allowed: true });
});

it("still knows of the attempts that run when another one has ended", async () => {
  const { begin, underWay } = setUp("2 per minute");
  const [first, second] = [await begin(), await begin()];
  if (first.allowed) await first.end(false);
  expect(underWay.get("here")).toEqual({ running: 1, waiting: [] });
  if (second.allowed) await second.end(false);
  expect(underWay.size).toBe(0);
});

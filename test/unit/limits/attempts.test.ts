// Attempts to show credentials from one address: who waits, who is refused, and what is counted.
import { expect, it } from "vitest";
import { createAttempts } from "../../../server/limits/attempts.ts";
import { memoryCounter } from "../../../server/limits/counter.memory.ts";
import { createLimiter } from "../../../server/limits/limiter.ts";
import { parseRates } from "../../../server/rates.ts";

const setUp = (rate: string) => {
  const limiter = createLimiter(memoryCounter({ now: () => 1000 }));
  const attempts = createAttempts(limiter);
  const rates = rate === "none" ? [] : (parseRates(rate) ?? []);
  const timeBudget = { wait: <T>(work: Promise<T>) => work };
  let examining = 0;
  let most = 0;
  const examine = async (isGood: boolean, address = "here"): Promise<"good" | "bad" | number> => {
    const limitChecks = [{ limit: "failed", rates, key: address, told: false }];
    const attempt = await attempts.begin(address, limitChecks, () => timeBudget);
    if (!attempt.allowed) return attempt.retryAfterSeconds;
    examining += 1;
    most = Math.max(most, examining);
    await new Promise((resolve) => setImmediate(resolve));
    examining -= 1;
    await attempt.end(!isGood);
    return isGood ? "good" : "bad";
  };
  const times = (count: number, isGood: boolean, address?: string) =>
    Promise.all(Array.from({ length: count }, () => examine(isGood, address)));
  return { examine, times, most: () => most };
};

it("lets any number of good credentials of one address pass at once, and takes turns", async () => {
  const { times, most } = setUp("3 per minute");
  expect(await times(200, true)).toEqual(Array(200).fill("good"));
  expect(most()).toBe(3);
});

it("examines no more bad ones at once than may fail, and then none", async () => {
  const { times, examine } = setUp("3 per minute");
  expect(await times(200, false)).toEqual([...Array(3).fill("bad"), ...Array(197).fill(60)]);
  expect(await examine(true)).toBe(60);
  expect(await examine(true, "elsewhere")).toBe("good");
});

it("refuses those who wait when there are too many, and keeps nobody waiting for ever", async () => {
  const { times } = setUp("1 per minute");
  const outcomes = await times(1500, true);
  expect(outcomes.filter((outcome) => outcome === "good")).toHaveLength(1001);
  expect(outcomes.filter((outcome) => outcome === 1)).toHaveLength(499);
});

it("lets everybody be examined where nothing is limited", async () => {
  const { times } = setUp("none");
  expect(await times(50, false)).toEqual(Array(50).fill("bad"));
});

it("keeps nobody waiting for an examination that hangs, and lets those who come later in once it has ended", async () => {
  const attempts = createAttempts(createLimiter(memoryCounter({ now: () => 1000 })), 20);
  const limitChecks = [
    { limit: "failed", rates: parseRates("1 per minute") ?? [], key: "here", told: false },
  ];
  const timeBudget = { wait: <T>(work: Promise<T>) => work };
  const begin = () => attempts.begin("here", limitChecks, () => timeBudget);
  const hanging = await begin();
  for (const late of await Promise.all([begin(), begin(), begin()])) {
    expect(late).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
  }
  const waiting = begin();
  if (hanging.allowed) await hanging.end(false);
  expect(await waiting).toMatchObject({ allowed: true });
});

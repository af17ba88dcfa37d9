// The nonce store in memory, to the millisecond.
import { expect, it } from "vitest";
import { memoryNonces } from "../../../../server/auth/signatures/nonces.memory.ts";

const open = (capacity?: number) => {
  const time = { now: 1_763_640_000_000 };
  return { time, nonces: memoryNonces({ now: () => time.now }, capacity) };
};

it("forgets a nonce when its time is over, and not before", async () => {
  const { time, nonces } = open();
  expect(await nonces.once("shop", "a", 600)).toBe(true);
  time.now += 599_999;
  expect(await nonces.once("shop", "a", 600)).toBe(false);
  time.now += 1;
  expect(await nonces.once("shop", "a", 600)).toBe(true);
});

it("has room again when the oldest are over", async () => {
  const { time, nonces } = open(2);
  await nonces.once("shop", "a", 1);
  time.now += 500;
  await nonces.once("shop", "b", 1);
  await expect(nonces.once("shop", "c", 1)).rejects.toThrow("set REDIS_URL");
  time.now += 500;
  expect(await nonces.once("shop", "c", 1)).toBe(true);
  expect(await nonces.once("shop", "b", 1)).toBe(false);
});

it("does not forget a nonce that is sent again", async () => {
  const { time, nonces } = open();
  await nonces.once("shop", "a", 1);
  time.now += 900;
  await nonces.once("shop", "a", 1);
  time.now += 99;
  expect(await nonces.once("shop", "a", 1)).toBe(false);
});

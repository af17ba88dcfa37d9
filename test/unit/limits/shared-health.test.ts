// The circuit breaker for shared state: when Redis is asked, and when it is left alone.
import { expect, it } from "vitest";
import { createSharedHealth } from "../../../server/limits/shared-health.ts";

const setUp = () => {
  const shared = {
    ready: true,
    pings: [] as PromiseWithResolvers<void>[],
    ping: () => {
      const ping = Promise.withResolvers<void>();
      shared.pings.push(ping);
      return ping.promise;
    },
  };
  const health = createSharedHealth(shared);
  const fail = (times: number) => {
    for (let count = 0; count < times; count += 1) health.onFailed();
  };
  return { shared, health, fail };
};
const settled = () => new Promise((resolve) => void setImmediate(resolve));

it("asks Redis while it is connected", () => {
  const { shared, health } = setUp();
  expect(health.isUsable()).toBe(true);
  shared.ready = false;
  expect(health.isUsable()).toBe(false);
  expect(shared.pings).toHaveLength(0);
});

it("leaves Redis alone after 20 failures in a row, until a ping is answered", async () => {
  const { shared, health, fail } = setUp();
  fail(19);
  expect(health.isUsable()).toBe(true);
  fail(1);
  expect(health.isUsable()).toBe(false);
  expect(health.isUsable()).toBe(false);
  expect(shared.pings).toHaveLength(1);
  shared.pings[0]?.resolve();
  await settled();
  expect(health.isUsable()).toBe(true);
  expect(shared.pings).toHaveLength(1);
});

it("begins to count failures anew after an answer, and after a ping", async () => {
  const { shared, health, fail } = setUp();
  fail(19);
  health.onAnswered();
  fail(19);
  expect(health.isUsable()).toBe(true);
  fail(1);
  health.isUsable();
  shared.pings[0]?.resolve();
  await settled();
  fail(19);
  expect(health.isUsable()).toBe(true);
});

it("pings again when a ping fails", async () => {
  const { shared, health, fail } = setUp();
  fail(20);
  health.isUsable();
  shared.pings[0]?.reject(new Error("connection lost"));
  await settled();
  expect(health.isUsable()).toBe(false);
  expect(shared.pings).toHaveLength(2);
});

it("pings only what is connected", async () => {
  const { shared, health, fail } = setUp();
  fail(20);
  shared.ready = false;
  expect(health.isUsable()).toBe(false);
  expect(shared.pings).toHaveLength(0);
  shared.ready = true;
  health.isUsable();
  expect(shared.pings).toHaveLength(1);
});

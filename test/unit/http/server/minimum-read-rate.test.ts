// Which clients are disconnected for reading an answer too slowly.
import { expect, it } from "vitest";
import { minimumReadRate } from "../../../../server/http/server/minimum-read-rate.ts";

const reader = (writableLength = 0) => {
  const state = {
    writableLength,
    bytesWritten: writableLength,
    closed: false,
    destroy: () => (state.closed = true),
  };
  return state;
};

it("disconnects a client that reads nothing for too long", () => {
  const readRate = minimumReadRate(1000);
  const [stuck, idle] = [reader(10), reader()];
  for (const each of [stuck, idle]) readRate.add(each);
  for (const now of [0, 500, 1000]) readRate.enforce(now);
  expect(stuck.closed).toBe(false);
  readRate.enforce(1001);
  expect([stuck.closed, idle.closed]).toEqual([true, false]);
});

it("keeps a client that reads all of it now and then", () => {
  const readRate = minimumReadRate(1000);
  const steady = reader();
  readRate.add(steady);
  for (let now = 0; now < 10_000; now += 500) {
    steady.writableLength = now % 1000;
    readRate.enforce(now);
  }
  expect(steady.closed).toBe(false);
});

it("keeps a client that always lags behind at the minimum rate, and not one that reads next to nothing", () => {
  const readRate = minimumReadRate(1000);
  const [steady, dripping] = [reader(10_000), reader(10_000)];
  for (const each of [steady, dripping]) readRate.add(each);
  for (let now = 0; now < 10_000; now += 500) {
    steady.bytesWritten += 512;
    dripping.bytesWritten += 1;
    readRate.enforce(now);
  }
  expect([steady.closed, dripping.closed]).toEqual([false, true]);
});

it("forgets a connection that has closed", () => {
  const readRate = minimumReadRate(1000);
  const gone = reader(10);
  readRate.add(gone);
  readRate.enforce(0);
  readRate.remove(gone);
  readRate.enforce(5000);
  expect(gone.closed).toBe(false);
});

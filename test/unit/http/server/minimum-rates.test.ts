// Clients that send or read too slowly.

import { expect, it } from "vitest";
import {
  type IncompleteRequest,
  minimumReadRate,
  minimumSendRate,
} from "../../../../server/http/server/minimum-rates.ts";

const CONNECTION = "connection";

/** The first time at which the request is found too slow, in milliseconds. */
const tooSlowAt = (
  requestAt: (now: number) => IncompleteRequest | undefined,
  until = 6000,
): number | undefined => {
  const sendRate = minimumSendRate<string>(() => 1000);
  for (let now = 0; now <= until; now += 500) {
    if (sendRate.isTooSlow(CONNECTION, requestAt(now), now)) return now;
  }
  return undefined;
};

const request = {};
const incomplete = (more: Partial<IncompleteRequest>): IncompleteRequest => ({
  request,
  receivedBytes: 0,
  isPaused: false,
  isUpload: false,
  ...more,
});

it("a body must arrive whole in time, at whatever rate", () => {
  expect(tooSlowAt((now) => incomplete({ receivedBytes: now * 100 }))).toBe(1500);
});

it("each request of a connection has its own time", () => {
  expect(tooSlowAt((now) => incomplete({ request: { now } }))).toBeUndefined();
  expect(tooSlowAt((now) => (now % 1000 === 0 ? incomplete({}) : undefined))).toBeUndefined();
});

it("an upload may take long at the minimum rate, and not below it", () => {
  expect(tooSlowAt((now) => incomplete({ receivedBytes: now * 2, isUpload: true }))).toBeUndefined();
  expect(tooSlowAt((now) => incomplete({ receivedBytes: now / 500, isUpload: true }))).toBe(1500);
});

it("a client is not blamed while the service does not read on", () => {
  expect(tooSlowAt(() => incomplete({ isUpload: true, isPaused: true }))).toBeUndefined();
});

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
  const readRate = minimumReadRate(() => 1000);
  const [stuck, idle] = [reader(10), reader()];
  for (const each of [stuck, idle]) readRate.add(each);
  for (const now of [0, 500, 1000]) readRate.enforce(now);
  expect(stuck.closed).toBe(false);
  readRate.enforce(1001);
  expect([stuck.closed, idle.closed]).toEqual([true, false]);
});

it("keeps a client that reads all of it now and then", () => {
  const readRate = minimumReadRate(() => 1000);
  const steady = reader();
  readRate.add(steady);
  for (let now = 0; now < 10_000; now += 500) {
    steady.writableLength = now % 1000;
    readRate.enforce(now);
  }
  expect(steady.closed).toBe(false);
});

it("keeps a client that always lags behind at the minimum rate, and not one that reads next to nothing", () => {
  const readRate = minimumReadRate(() => 1000);
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
  const readRate = minimumReadRate(() => 1000);
  const gone = reader(10);
  readRate.add(gone);
  readRate.enforce(0);
  readRate.remove(gone);
  readRate.enforce(5000);
  expect(gone.closed).toBe(false);
});

// Which requests are refused for arriving too slowly.
import { expect, it } from "vitest";
import { type IncompleteRequest, minimumSendRate } from "../../../../server/http/server/minimum-send-rate.ts";

const CONNECTION = "connection";

/** The first time at which the request is found too slow, in milliseconds. */
const tooSlowAt = (
  requestAt: (now: number) => IncompleteRequest | undefined,
  until = 6000,
): number | undefined => {
  const sendRate = minimumSendRate<string>(1000);
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

// Who is cut off for sending a body too slowly.
import { expect, it } from "vitest";
import { type Sending, slowSenders } from "../../../../server/http/server/slow-senders.ts";

const CONNECTION = "connection";

/** After which of the moments a connection is found late, at what it has sent by then. */
const lateAt = (sendingAt: (now: number) => Sending | undefined, until = 6000): number | undefined => {
  const senders = slowSenders<string>(1000);
  for (let now = 0; now <= until; now += 500) {
    if (senders.isLate(CONNECTION, sendingAt(now), now)) return now;
  }
  return undefined;
};

const request = {};
const sending = (more: Partial<Sending>): Sending => ({
  request,
  received: 0,
  isHeldUp: false,
  mayTakeLong: false,
  ...more,
});

it("a request has its time, however it comes", () => {
  expect(lateAt((now) => sending({ received: now * 100 }))).toBe(1500);
});

it("one request after the other has its own", () => {
  expect(lateAt((now) => sending({ request: { now } }))).toBeUndefined();
  expect(lateAt((now) => (now % 1000 === 0 ? sending({}) : undefined))).toBeUndefined();
});

it("what is passed on may take as long as it comes", () => {
  expect(lateAt((now) => sending({ received: now * 2, mayTakeLong: true }))).toBeUndefined();
  expect(lateAt((now) => sending({ received: now / 500, mayTakeLong: true }))).toBe(1500);
});

it("nobody is blamed while we do not read on", () => {
  expect(lateAt(() => sending({ mayTakeLong: true, isHeldUp: true }))).toBeUndefined();
});

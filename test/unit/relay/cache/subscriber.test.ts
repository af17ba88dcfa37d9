// One caller's place in a shared response: what it asks of the delivery when its recipient pauses and goes on.
import { expect, it } from "vitest";
import { type Delivery, Subscriber } from "../../../../server/relay/cache/subscriber.ts";
import { testRecipient } from "../../../support/recipient.ts";

const setUp = (next = 0) => {
  const asked: [string, boolean?][] = [];
  const delivery: Delivery = {
    setWaiting: (of, isWaiting) => {
      expect(of).toBe(subscriber);
      subscriber.isWaiting = isWaiting;
      asked.push(["setWaiting", isWaiting]);
    },
    deliver: (of) => {
      expect(of).toBe(subscriber);
      asked.push(["deliver", of.isWaiting]);
    },
    pace: () => asked.push(["pace"]),
  };
  const recipient = testRecipient();
  const subscriber = new Subscriber(delivery, recipient, next);
  return { subscriber, recipient, asked };
};

it("begins with the first chunk it was given, has got nothing, and does not wait", () => {
  const { subscriber, recipient, asked } = setUp(3);
  expect(subscriber).toMatchObject({ next: 3, bytes: 0, isWaiting: false, recipient });
  expect(asked).toEqual([]);
});

it("waits when its recipient pauses, and upstream's pace is seen to after that", () => {
  const { subscriber, asked } = setUp();
  subscriber.pause();
  expect(asked).toEqual([["setWaiting", true], ["pace"]]);
});

it("gets what has come when its recipient goes on, before upstream's pace is seen to", () => {
  const { subscriber, asked } = setUp();
  subscriber.pause();
  asked.length = 0;
  subscriber.resume();
  expect(asked).toEqual([["setWaiting", false], ["deliver", false], ["pace"]]);
});

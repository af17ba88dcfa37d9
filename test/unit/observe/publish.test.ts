// Events reach all subscribers, whatever one of them does.
import { expect, it } from "vitest";
import type { BrokerEvent } from "../../../server/observe/event.ts";
import { publishTo } from "../../../server/observe/publish.ts";

const event: BrokerEvent = {
  ...{ kind: "tool-called", tool: "weather", requestId: "request-1", caller: undefined, seconds: 1 },
};

it("each subscriber gets each event, in their order", () => {
  const got: unknown[] = [];
  const emit = publishTo([(each) => got.push(["a", each]), (each) => got.push(["b", each])], {
    write: () => expect.unreachable(),
  });
  emit(event);
  expect(got).toEqual([
    ["a", event],
    ["b", event],
  ]);
});

it("a subscriber that throws is logged, without credentials, and keeps the event from no other", () => {
  const got: unknown[] = [];
  const lines: unknown[] = [];
  const emit = publishTo(
    [
      () => {
        throw new Error("no sk-1234567890abcdef");
      },
      (each) => got.push(each),
    ],
    { write: (...line) => lines.push(line) },
  );
  emit(event);
  expect(got).toEqual([event]);
  const cause = { name: "Error", message: "no [redacted]" };
  expect(lines).toEqual([["error", "event-not-taken", { event: "tool-called", cause }]]);
});

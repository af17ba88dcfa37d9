// The event of a job that was done.
import { expect, it } from "vitest";
import { report, secondsSince } from "../../../server/http/report.ts";
import type { BrokerEvent } from "../../../server/observe/event.ts";
import { alice, factsWith } from "../../support/facts.ts";
import { createTestTime } from "../../support/time.ts";

it("it names request and caller, and counts the time from the job's beginning", async () => {
  const { clock, pass } = createTestTime();
  const events: BrokerEvent[] = [];
  const facts = factsWith({ caller: alice });
  await pass(1000);
  facts.jobStartedAtMs = clock.monotonic();
  await pass(250);
  report(facts, { clock, emit: (event) => events.push(event) }, { kind: "tool-called", tool: "weather" });
  const event = {
    kind: "tool-called",
    tool: "weather",
    requestId: "request-1",
    caller: alice,
    seconds: 0.25,
  };
  expect(events).toEqual([event]);
  // The request's log line has the same.
  expect(facts.done).toBe(events[0]);
});

it("a job that has not begun has no duration", () => {
  expect(secondsSince(undefined, { monotonic: () => 5 })).toBeUndefined();
});

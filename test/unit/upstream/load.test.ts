// How long another request would take.
import { expect, it } from "vitest";
import { createLoad } from "../../../server/upstream/load.ts";

it("an unused key promises no wait, so that it is tried", () => {
  const load = createLoad();
  load.begin();
  expect(load.expectedMs()).toBe(0);
});

it("the average moves a fifth of the way to the newest answer, times the requests that would be in flight", () => {
  const load = createLoad();
  for (const latencyMs of [100, 200]) {
    load.begin();
    load.end(latencyMs);
  }
  expect(load.expectedMs()).toBeCloseTo(120);
  load.begin();
  load.begin();
  expect(load.expectedMs()).toBeCloseTo(360);
});

it("a request without an answer leaves the average, and is in flight no more", () => {
  const load = createLoad();
  load.begin();
  load.end(100);
  load.begin();
  load.end(undefined);
  expect(load.expectedMs()).toBe(100);
});

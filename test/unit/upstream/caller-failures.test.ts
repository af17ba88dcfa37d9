// When a key is suspected by one caller's failures.
import { expect, it } from "vitest";
import { createCallerFailures } from "../../../server/upstream/caller-failures.ts";

it("three failures in a row make a suspicion, and after five seconds a trial is due", () => {
  let now = 0;
  const failures = createCallerFailures(() => now);
  for (const before of ["none", "none", "none"]) {
    expect(failures.suspicionOf("a")).toBe(before);
    failures.failed("a");
  }
  expect([failures.suspicionOf("a"), failures.suspicionOf("b")]).toEqual(["suspected", "none"]);
  now = 4999;
  expect(failures.suspicionOf("a")).toBe("suspected");
  now = 5000;
  expect(failures.suspicionOf("a")).toBe("trial-due");
  failures.failed("a");
  expect(failures.suspicionOf("a")).toBe("suspected");
});

it("a success ends it, for that caller", () => {
  const failures = createCallerFailures(() => 0);
  for (const caller of ["a", "a", "b", "b"]) failures.failed(caller);
  failures.succeeded("a");
  for (const caller of ["a", "b"]) failures.failed(caller);
  expect([failures.suspicionOf("a"), failures.suspicionOf("b")]).toEqual(["none", "suspected"]);
});

it("of thousands of callers the latest are remembered", () => {
  const failures = createCallerFailures(() => 0);
  for (let index = 0; index <= 1000; index += 1)
    for (let time = 0; time < 3; time += 1) failures.failed(`c-${index}`);
  expect([failures.suspicionOf("c-0"), failures.suspicionOf("c-1000")]).toEqual(["none", "suspected"]);
});

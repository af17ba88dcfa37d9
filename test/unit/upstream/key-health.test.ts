// What operators are told of the keys.
import { expect, it } from "vitest";
import { createKeyHealth } from "../../../server/upstream/key-health.ts";
import { createTestTime } from "../../support/time.ts";

const keys = [
  { name: "default", priority: 0 },
  { name: "eu", priority: 1 },
];

it("tells the last that happened to each key, and since when", async () => {
  const time = createTestTime();
  const health = createKeyHealth(
    () => keys,
    ({ name }) => name === "eu",
    time.clock,
  );
  health.change("default", { kind: "no-quota" });
  const at = time.clock.now();
  await time.pass(5000);
  expect(health.read()).toEqual([
    { ...keys[0], isUsable: false, problem: expect.stringContaining("no money left"), sinceMs: at },
    { ...keys[1], isUsable: true, problem: undefined, sinceMs: undefined },
  ]);
  health.change("default", { kind: "quota" });
  expect(health.read()[0]).toMatchObject({ problem: undefined, sinceMs: at + 5000 });
});

it("forgets a limit of OpenAI's when it is over", async () => {
  const time = createTestTime();
  const health = createKeyHealth(
    () => keys,
    () => true,
    time.clock,
  );
  health.change("eu", { kind: "limited", model: "gpt-5.1", waitMs: 2000 });
  expect(health.read()[1]?.problem).toBe("OpenAI limits it for 2 s");
  await time.pass(2000);
  expect(health.read()[1]?.problem).toBeUndefined();
});

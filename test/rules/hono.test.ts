// Rule 3: the web framework stays at the door.
import { expect, test } from "vitest";
import { sourceOf } from "../support/source.ts";

const atTheDoor = /^(?:server\/http\/|server\/app\.ts$|emulator\/)/;

test("hono is known in http/, app.ts and the emulator only", () => {
  const users = sourceOf("server", "client", "web-demo", "emulator")
    .filter(({ imports }) => imports.some(({ from }) => /^(?:hono|@hono\/.*)(?:\/|$)/.test(from)))
    .map(({ path }) => path);
  expect(users).toContain("server/app.ts");
  expect(users.filter((path) => !atTheDoor.test(path))).toEqual([]);
});

// Rule 3: the web framework stays in http/.
import { expect, test } from "vitest";
import { sourceOf } from "../support/source.ts";

const mayKnowHono = /^(?:server\/http\/|server\/app\.ts$|emulator\/)/;

test("hono is known in http/, app.ts and the emulator only", () => {
  const users = sourceOf("server", "client", "web-demo", "web-admin", "emulator")
    .filter(({ imports }) => imports.some(({ from }) => /^(?:hono|@hono\/.*)(?:\/|$)/.test(from)))
    .map(({ path }) => path);
  expect(users).toContain("server/app.ts");
  expect(users.filter((path) => !mayKnowHono.test(path))).toEqual([]);
});

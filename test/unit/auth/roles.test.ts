// What may be a role.
import { expect, it } from "vitest";
import { roleSchema } from "../../../server/auth/roles.ts";

it.each(["support", "read:voice", "org/team", "a@b", "a+b", "a.b-c_d", "x".repeat(128)])(
  "%s is a role",
  (text) => {
    expect(roleSchema.safeParse(text).success).toBe(true);
  },
);

it.each(["", "two words", "x".repeat(129), "naïve", "a\n", "a,b", 7])("%j is none", (text) => {
  expect(roleSchema.safeParse(text).success).toBe(false);
});

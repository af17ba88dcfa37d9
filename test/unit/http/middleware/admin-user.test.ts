// What an operator may ask of a user.
import { expect, it } from "vitest";
import type { Failure } from "../../../../server/failures/failure.ts";
import {
  checkProfiles,
  newUserBody,
  resolveUserName,
  tokenBody,
  userChangeBody,
} from "../../../../server/http/middleware/admin-user.ts";

const nameIn = (path: string) => resolveUserName.run({ path }, undefined as never);

it("the user's name stands in the path, decoded", () => {
  expect(nameIn("/admin/api/users/ada")).toEqual({ userName: "ada" });
  expect(nameIn("/admin/api/users/ada%40example.com/token")).toEqual({ userName: "ada@example.com" });
});

it.each(["", "%2e%2e", "%E0%A4%A", "a%20b", "a".repeat(65), "%00"])("%j is no user's name", (name) => {
  expect(() => nameIn(`/admin/api/users/${name}`)).toThrow(expect.objectContaining({ code: "user-unknown" }));
});

it("a profile that there is not is pointed at, with the one that was meant", () => {
  const check = () =>
    checkProfiles.run({ profilesGiven: ["default", "suport"] }, { profileNames: ["default", "support"] });
  const errors = [{ pointer: "/profiles/1", detail: expect.stringContaining("did you mean support?") }];
  expect(check).toThrow(expect.objectContaining<Partial<Failure>>({ code: "user-invalid", errors }));
});

it.each([
  ["a name with a blank", newUserBody, { name: "a b" }],
  ["a team that a spreadsheet would run", newUserBody, { name: "a", team: "=cmd()" }],
  ["a field that there is not", userChangeBody, { name: "other" }],
  ["a limit in no words of ours", userChangeBody, { limits: { mints: "five" } }],
  ["more roles than a user needs", userChangeBody, { roles: Array(51).fill("r") }],
  ["old tokens that go on for months", tokenBody, { overlap_seconds: 31 * 86_400 }],
])("%s is refused", (_, schema, body) => {
  expect(schema.safeParse(body).success).toBe(false);
});

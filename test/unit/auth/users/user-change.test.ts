// Changes of a user, by command or by broker.yaml.
import { expect, it } from "vitest";
import { applyEntry, changeUser } from "../../../../server/auth/users/user-change.ts";

const user = { roles: ["a"], profiles: ["default"], limits: {}, team: "care" };

it("a command changes the team, clears it, or leaves it", () => {
  expect(changeUser({ clear: [], team: "sales" })(user)).toEqual({ ...user, team: "sales" });
  expect(changeUser({ clear: [] })(user)).toEqual(user);
  expect(changeUser({ clear: ["team"] })(user)).toEqual({ ...user, team: undefined });
  expect(changeUser({ clear: ["role", "profile", "limit"] })(user).team).toBe("care");
});

it("an entry of broker.yaml changes what it says, and leaves the rest", () => {
  expect(applyEntry({ team: "sales" })(user)).toEqual({ ...user, team: "sales" });
  expect(applyEntry({ roles: [] })(user)).toEqual({ ...user, roles: [] });
});

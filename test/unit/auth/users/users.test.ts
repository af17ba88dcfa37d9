// What an operator may say of a user, and what becomes of it.
import { expect, it } from "vitest";
import { newUserToken } from "../../../../server/auth/users/user-token.ts";
import { callerOf, userNameSchema, userSchema, writtenLimits } from "../../../../server/auth/users/users.ts";
import { ownLimitsSchema } from "../../../../server/rates.ts";

const messagesFor = (fields: object) =>
  userSchema.safeParse(fields).error?.issues.map(({ message }) => message) ?? [];

it.each(["a", "7", "_", "bob", "bob.smith@example.com", "a-b_c", "a".repeat(64)])("%s is a name", (name) => {
  expect(userNameSchema.safeParse(name).success).toBe(true);
});

it.each(["", ".bob", "-bob", "@bob", "bob smith", "bob\n", "bob/", " bob", "a".repeat(65)])(
  "%j is none, and the operator is told what a name has",
  (name) => {
    expect(messagesFor({ name })).toEqual([
      "must be 1 to 64 letters, digits or . @ _ - and begin with a letter or digit",
    ]);
  },
);

it("has no roles, limits, profiles or token of their own by default", () => {
  expect(userSchema.parse({ name: "bob" })).toEqual({ name: "bob" });
});

it("has the roles, profiles and token that the operator gives", () => {
  const { text } = newUserToken((count) => new Uint8Array(count));
  const user = userSchema.parse({ name: "bob", roles: ["support"], profiles: ["default"], token: text });
  expect(user).toMatchObject({ roles: ["support"], profiles: ["default"] });
  expect(user.token?.reveal()).toBe(text);
});

it("takes no token that this service cannot have made, and says how to make one", () => {
  expect(messagesFor({ name: "bob", token: "bob-0123456789abcdef" })).toEqual([
    expect.stringMatching(/^must be a token of this service, .*`npx broker users token` prints one/),
  ]);
});

it("is a caller with all that was decided, until their token ends", () => {
  const said = { name: "bob", roles: ["support"], profiles: ["default"], team: "care", limits: {} };
  expect(callerOf(said, { prefix: "bob1", expiresAt: 1000 })).toEqual({
    ...{ kind: "user", id: "user:bob", tokenPrefix: "bob1", endsAt: 1000, ...said },
  });
});

it("has limits written as they were read, and those that are not set left out", () => {
  const limits = ownLimitsSchema.parse({ mints: "5 per minute", tool_calls: "none" });
  expect(writtenLimits(limits)).toEqual({ mints: "5 per minute", tool_calls: "none" });
  expect(writtenLimits({ ...limits, tool_calls: undefined })).toEqual({ mints: "5 per minute" });
  expect(writtenLimits({})).toEqual({});
});

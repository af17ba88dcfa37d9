// Fixed tokens of broker.yaml.
import { expect, it } from "vitest";
import { tokenAuthenticator, tokenSchema } from "../../../../server/auth/tokens/tokens.ts";
import { credentialsWith } from "../../../support/credentials.ts";

const configured = (...tokens: object[]) => tokenAuthenticator(tokens.map((each) => tokenSchema.parse(each)));
const alice = { name: "alice", token: "alice-0123456789", roles: ["support"] };

it("knows each token's caller with name and roles", () => {
  const authenticate = configured(alice, { name: "bob", token: "bob-0123456789abc" });
  expect(authenticate(credentialsWith({ bearer: alice.token }))).toEqual({
    ...{ kind: "token", id: "token:alice", name: "alice", roles: ["support"] },
  });
  expect(authenticate(credentialsWith({ bearer: "bob-0123456789abc" }))).toMatchObject({ id: "token:bob" });
});

it.each([
  undefined,
  "",
  "alice",
  "alice-012345678",
  "alice-01234567890",
  "ALICE-0123456789",
  "alice-0123456789 ",
])("leaves %j to the other authenticators", (bearer) => {
  expect(configured(alice)(credentialsWith({ bearer }))).toBeUndefined();
  expect(configured()(credentialsWith({ bearer }))).toBeUndefined();
});

it("takes the first of two callers with the same token", () => {
  const authenticate = configured(alice, { ...alice, name: "second", roles: [] });
  expect(authenticate(credentialsWith({ bearer: alice.token }))).toMatchObject({ id: "token:alice" });
});

it.each([
  ["15 characters", "alice-012345678", "must have at least 16 characters"],
  ["a blank before it", " alice-0123456789", "may have letters, digits and - . _ ~ + / = only"],
  ["a blank after it", "alice-0123456789 ", "to travel in a header"],
])("refuses a token with %s", (_, token, message) => {
  const { error } = tokenSchema.safeParse({ name: "alice", token });
  expect(error?.issues.map((issue) => issue.message)).toEqual([expect.stringContaining(message)]);
});

it("gives no roles by itself", () => {
  expect(tokenSchema.parse({ name: "alice", token: "0123456789.~+/=_" }).roles).toEqual([]);
});

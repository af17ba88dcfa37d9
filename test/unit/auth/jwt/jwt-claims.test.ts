// The claims that identify a user, the roles and the audience.
import fc from "fast-check";
import { expect, it } from "vitest";
import { claimedIssuer } from "../../../../server/auth/jwt/jwt.jose.ts";
import {
  claimAt,
  claimsSchema,
  isMeantFor,
  rolesOf,
  teamOf,
  userOf,
} from "../../../../server/auth/jwt/jwt-claims.ts";

const names = (more: object = {}) => claimsSchema.parse(more);

it("reads roles from texts and lists, by name and by path, each once", () => {
  const payload = {
    scope: "openid read:voice",
    permissions: ["read:voice", "mint"],
    realm_access: { roles: ["support"] },
    "https://example.com/roles": ["admin"],
  };
  const roles = ["scope", "permissions", "realm_access.roles", "https://example.com/roles", "missing.path"];
  expect(rolesOf(payload, names({ roles }))).toEqual(["openid", "read:voice", "mint", "support", "admin"]);
});

it("reads no roles unless it is told where", () => {
  expect(rolesOf({ roles: ["admin"], scope: "admin" }, names())).toEqual([]);
});

it("leaves out what is no role's name", () => {
  const payload = { roles: ["ok", "", " ", "a b", 7, null, { admin: true }, "x".repeat(200)] };
  expect(rolesOf(payload, names({ roles: ["roles"] }))).toEqual(["ok"]);
});

it("reads a team from the claim that it is told, and takes what is no name for none", () => {
  const claims = names({ team: "org.department" });
  expect(teamOf({ org: { department: "Customer Care" } }, claims)).toBe("Customer Care");
  for (const department of [undefined, 7, ["support"], "", "a\nb", "x".repeat(65)])
    expect(teamOf({ org: { department } }, claims)).toBeUndefined();
  expect(teamOf({ team: "support" }, names())).toBeUndefined();
});

it("does not climb into what every object has", () => {
  for (const name of ["__proto__", "constructor.name", "toString"]) expect(claimAt({}, name)).toBeUndefined();
});

it.each([[undefined], [""], [7], [["carol"]], ["a\\nb".replace("\\n", "\n")], ["x".repeat(257)]])(
  "takes %j for no user",
  (sub) => {
    expect(userOf({ sub } as { sub: string }, names())).toBeUndefined();
  },
);

it("takes another claim for the user and the audience where it is told so", () => {
  const claims = names({ user: "user.email", audience: "azp" });
  const payload = { sub: "x", aud: "other", azp: "voice", user: { email: "carol@example.com" } };
  expect(userOf(payload, claims)).toBe("carol@example.com");
  expect(isMeantFor(payload, claims, "voice")).toBe(true);
  expect(isMeantFor(payload, claims, ["other"])).toBe(false);
  expect(isMeantFor({ aud: ["a", "voice"] }, names(), ["voice", "b"])).toBe(true);
  expect(isMeantFor({}, names(), "voice")).toBe(false);
});

it("finds no issuer in arbitrary text, and never fails", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(claimedIssuer(text)).toBeUndefined();
    }),
  );
});

it("finds the issuer that a token's payload names, whatever else is in it", () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  fc.assert(
    fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (iss, rest) => {
      const token = `${encode({ alg: "RS256" })}.${encode({ ...rest, iss })}.c2ln`;
      expect(claimedIssuer(token)).toBe(iss);
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (payload) => {
      const issuer = claimedIssuer(`e30.${encode(payload)}.c2ln`);
      expect(issuer === undefined || typeof issuer === "string").toBe(true);
    }),
  );
});

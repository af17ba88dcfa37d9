// Who would still be admitted after the configuration has changed.
import { expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { isConfigured } from "../../../server/auth/still-admitted.ts";

const configured = {
  guests: "anyone" as const,
  tokens: [{ name: "alice" }],
  signers: [{ name: "shop" }],
  issuers: [{ issuer: "https://id.example" }],
};
const none = { guests: "none" as const, tokens: [], signers: [], issuers: [] };
const roles: string[] = [];
const jwt = {
  kind: "jwt",
  id: "jwt:1",
  issuer: "https://id.example",
  subject: "1",
  endsAt: 0,
  roles,
} as const;

it.each<Caller>([
  { kind: "guest", id: "guest:1" },
  { kind: "token", id: "token:alice", name: "alice", roles },
  { kind: "signer", id: "signer:shop", name: "shop", roles },
  jwt,
])("a caller stays as long as the way in which they came is configured: $kind", (caller) => {
  expect([isConfigured(configured, caller), isConfigured(none, caller)]).toEqual([true, false]);
});

it("another token of the same kind does not stand in for a removed one", () => {
  expect(isConfigured(configured, { kind: "token", id: "token:bob", name: "bob", roles })).toBe(false);
});

it("users and an application's own callers are not the configuration's to admit", () => {
  const given = { profiles: undefined, limits: {}, endsAt: undefined, roles };
  expect(isConfigured(none, { kind: "user", id: "user:bob", name: "bob", tokenPrefix: "p", ...given })).toBe(
    true,
  );
  expect(isConfigured(none, { kind: "host", id: "host:bob", name: "bob", ...given })).toBe(true);
});

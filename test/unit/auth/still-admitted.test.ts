// Who would still be admitted after the configuration has changed.
import { expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { configuredCaller } from "../../../server/auth/still-admitted.ts";

const configured = {
  guests: "anyone" as const,
  tokens: [{ name: "alice", roles: ["admin"], team: "sales" }],
  signers: [{ name: "shop", roles: [] }],
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
  expect(configuredCaller(configured, caller)).toMatchObject({ kind: caller.kind, id: caller.id });
  expect(configuredCaller(none, caller)).toBeUndefined();
});

it("a token and a signer have the roles and the team that are configured now", () => {
  const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: ["owner"] };
  expect(configuredCaller(configured, alice)).toEqual({ ...alice, roles: ["admin"], team: "sales" });
  const shop: Caller = { kind: "signer", id: "signer:shop", name: "shop", roles: ["owner"], team: "sales" };
  expect(configuredCaller(configured, shop)).toEqual({ ...shop, roles: [], team: undefined });
});

it("another token of the same kind does not stand in for a removed one", () => {
  const bob: Caller = { kind: "token", id: "token:bob", name: "bob", roles };
  expect(configuredCaller(configured, bob)).toBeUndefined();
});

it("users and an application's own callers are not the configuration's to admit", () => {
  const given = { profiles: undefined, limits: {}, endsAt: undefined, roles };
  const user: Caller = { kind: "user", id: "user:bob", name: "bob", tokenPrefix: "p", ...given };
  const host: Caller = { kind: "host", id: "host:bob", name: "bob", ...given };
  expect([user, host].map((caller) => configuredCaller(none, caller))).toEqual([user, host]);
});

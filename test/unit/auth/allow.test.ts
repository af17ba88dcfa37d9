// Which callers the selectors under `allow` admit.
import { expect, it } from "vitest";
import { type Allow, admits, allowSchema, mayUse } from "../../../server/auth/allow.ts";
import type { Caller } from "../../../server/auth/caller.ts";
import { problemsIn } from "../../support/configuration.ts";

const guest: Caller = { kind: "guest", id: "guest:127.0.0.1" };
const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: [] };
const token = { tokenPrefix: "a1", endsAt: undefined };
const jane: Caller = {
  kind: "jwt",
  id: "jwt:https://i#jane",
  issuer: "https://i",
  subject: "jane",
  endsAt: 1,
  roles: [],
};

it.each<[Allow, boolean, boolean, boolean]>([
  [["everyone"], true, true, true],
  [["members"], false, true, true],
  [["guests"], true, false, false],
  [["token:alice"], false, true, false],
  [["token:bob"], false, false, false],
  [["token:jane"], false, false, false],
  [["issuer:https://i"], false, false, true],
  [["issuer:https://i/"], false, false, false],
  [["guests", "token:alice"], true, true, false],
  [[], false, false, false],
])("%j lets in guest %s, alice %s, jane %s", (allow, ...expected) => {
  expect([guest, alice, jane].map((caller) => admits(allow, caller))).toEqual(expected);
});

it("a token that is called like a group is still only that token", () => {
  const everyone: Caller = { kind: "token", id: "token:guests", name: "guests", roles: [] };
  expect(admits(["guests"], everyone)).toBe(false);
});

it("takes every kind of selector, as it is written", () => {
  const groups = ["everyone", "members", "guests"];
  const names = ["role:staff", "user:bob", "token:alice", "signer:shop", "issuer:https://id.example.com/"];
  expect(allowSchema.parse([...groups, ...names])).toEqual([...groups, ...names]);
});

it("a selector of no known kind stops the start", () => {
  const problems = problemsIn("metrics: { allow: [alice, admins] }");
  expect(problems).toEqual([
    "metrics.allow[0]: must be everyone, members, guests, role:NAME, user:NAME, token:NAME, signer:NAME, issuer:URL or host:NAME",
    "metrics.allow[1]: must be everyone, members, guests, role:NAME, user:NAME, token:NAME, signer:NAME, issuer:URL or host:NAME",
  ]);
});

it("a role opens to callers of every kind who have it", () => {
  const staff = { roles: ["staff", "read:voice"] };
  const callers: Caller[] = [
    { kind: "jwt", id: "jwt:x#a", issuer: "x", subject: "a", endsAt: 1, ...staff },
    { kind: "token", id: "token:a", name: "a", ...staff },
    { kind: "signer", id: "signer:a", name: "a", ...staff },
    { kind: "user", id: "user:a", name: "a", profiles: undefined, limits: {}, ...token, ...staff },
  ];
  for (const caller of callers) {
    expect(admits(["role:read:voice"], caller), caller.kind).toBe(true);
    expect(admits(["role:staf"], caller), caller.kind).toBe(false);
  }
  expect(admits(["role:staff"], { kind: "guest", id: "guest:1" })).toBe(false);
});

it("a user's own list of profiles decides alone, and without one the profile's does", () => {
  const user = { kind: "user", id: "user:a", name: "a", roles: [], limits: {}, ...token } as const;
  const open = { name: "open", allow: ["everyone"] } satisfies Parameters<typeof mayUse>[0];
  const closed = { name: "closed", allow: [] };
  expect(mayUse(open, { ...user, profiles: ["closed"] })).toBe(false);
  expect(mayUse(closed, { ...user, profiles: ["closed"] })).toBe(true);
  expect(mayUse(open, { ...user, profiles: undefined })).toBe(true);
  expect(mayUse(closed, { ...user, profiles: undefined })).toBe(false);
});

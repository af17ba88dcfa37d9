// Who is meant by the selectors under `allow`.
import { expect, it } from "vitest";
import type { Caller } from "../../server/auth/caller.ts";
import { type Allow, admits } from "../../server/profiles/allow.ts";
import { problemsIn } from "../support/configuration.ts";

const guest: Caller = { kind: "guest", id: "guest:127.0.0.1" };
const alice: Caller = { kind: "token", id: "token:alice", name: "alice" };
const jane: Caller = { kind: "jwt", id: "jwt:https://i#jane", issuer: "https://i", subject: "jane" };

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
  const everyone: Caller = { kind: "token", id: "token:guests", name: "guests" };
  expect(admits(["guests"], everyone)).toBe(false);
});

it("a selector of no known kind stops the start", () => {
  const problems = problemsIn("metrics: { allow: [alice, admins] }");
  expect(problems).toEqual([
    "metrics.allow[0]: must be everyone, members, guests, token:NAME or issuer:URL",
    "metrics.allow[1]: must be everyone, members, guests, token:NAME or issuer:URL",
  ]);
});

// Whom a budget is for, and whose it is.
import { describe, expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { ownerOf } from "../../../server/budgets/budget.ts";
import { budget } from "../../support/budget-charges.ts";
import { alice } from "../../support/facts.ts";

const guest: Caller = { kind: "guest", id: "guest:203.0.113.9" };
const bob: Caller = { kind: "token", id: "token:bob", name: "bob", roles: ["intern"], team: "search" };
const owner = (fields: object, caller: Caller, profile?: string) =>
  ownerOf(budget(fields), { caller, profile });

describe("a budget is for", () => {
  it.each<[string, object, Caller, string | undefined, boolean]>([
    ["everyone, where nothing is said", {}, guest, undefined, true],
    ["members, but no guests", { for: "members" }, guest, undefined, false],
    ["a role", { for: "role:intern" }, bob, undefined, true],
    ["a role, but no others", { for: "role:intern" }, alice, undefined, false],
    ["a team", { for: "team:search" }, bob, undefined, true],
    ["a team, but no others", { for: "team:searches" }, bob, undefined, false],
    ["a profile", { for: "profile:dear" }, alice, "dear", true],
    ["a profile, but no requests without one", { for: "profile:dear" }, alice, undefined, false],
    ["one caller by name", { for: ["token:alice"] }, alice, undefined, true],
    ["those who fit one of several", { for: ["token:alice", "team:search"] }, bob, undefined, true],
  ])("%s", (_, fields, caller, profile, isFor) => {
    expect(owner(fields, caller, profile) !== undefined).toBe(isFor);
  });
});

describe("a budget is that of", () => {
  it("all whom it is for, together", () => {
    expect(owner({}, alice)).toBe(owner({}, bob));
    expect(owner({ for: ["team:search", "role:intern"] }, bob)).toBe("team:search, role:intern");
  });

  it("each caller, and of all guests together: a guest's address is not kept", () => {
    expect(owner({ each: "caller" }, alice)).toBe("token:alice");
    expect(owner({ each: "caller" }, guest)).toBe("guest");
  });

  it("each team, and of no caller without one", () => {
    expect(owner({ each: "team" }, bob)).toBe("team:search");
    expect(owner({ each: "team" }, alice)).toBeUndefined();
  });

  it("each profile, and of no request without one", () => {
    expect(owner({ each: "profile" }, alice, "dear")).toBe("profile:dear");
    expect(owner({ each: "profile" }, alice)).toBeUndefined();
  });
});

it("money is counted in billionths of a dollar, and minutes in milliseconds", () => {
  const { limits } = budget({ requests: undefined, cost_usd: 0.1, minutes: 1.5, tokens: 7 });
  expect(limits).toEqual([
    { unit: "tokens", limit: 7 },
    { unit: "minutes", limit: 90_000 },
    { unit: "cost_usd", limit: 100_000_000 },
  ]);
});

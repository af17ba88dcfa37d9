// Which rule decides about a caller, and what it opens.
import { describe, expect, it } from "vitest";
import type { Caller } from "../../../../server/auth/caller.ts";
import { relayRuleSchema } from "../../../../server/config/broker-file.ts";
import { checkModel, findTargetIn, relayRules } from "../../../../server/relay/policy/rules.ts";

const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: ["support"] };
const bob: Caller = { kind: "token", id: "token:bob", name: "bob", roles: [] };
const guest: Caller = { kind: "guest", id: "guest:192.0.2.1" };

const rules = relayRules({
  support: relayRuleSchema.parse({ allow: ["role:support"], paths: ["POST /v1/files"], models: ["gpt-5-*"] }),
  members: relayRuleSchema.parse({ allow: ["members"], cache_seconds: 60, moderation: {} }),
});
const findTarget = findTargetIn(rules);
const forbidden = expect.objectContaining({ code: "path-forbidden" });
const modelForbidden = expect.objectContaining({ code: "model-forbidden" });

describe("the rule of a caller", () => {
  it("is the first that fits, even if a later one opens more", () => {
    expect(findTarget(alice, "POST", "/v1/files?a=1")).toMatchObject({
      rule: { name: "support" },
      path: "/v1/files",
    });
    expect(() => findTarget(alice, "POST", "/v1/chat/completions")).toThrow(forbidden);
    expect(findTarget(bob, "POST", "/v1/chat/completions").rule.name).toBe("members");
  });

  it("is none for callers whom no entry fits", () => {
    expect(() => findTarget(guest, "GET", "/v1/models")).toThrow(forbidden);
    expect(() => findTargetIn([])(alice, "GET", "/v1/models")).toThrow(forbidden);
  });

  it("is told where no entry is for them, and not where an entry does not open the path", () => {
    const told = { message: expect.stringContaining("No entry of `relay`") };
    expect(() => findTargetIn([])(alice, "GET", "/v1/models")).toThrow(expect.objectContaining(told));
    expect(() => findTarget(alice, "GET", "/v1/models")).toThrow(expect.not.objectContaining(told));
  });

  it("opens no path that can be read in two ways", () => {
    for (const target of ["/v1/../v1/models", "/v1/models%2f", "//v1/models"]) {
      expect(() => findTarget(bob, "GET", target), target).toThrow(forbidden);
    }
  });

  it("asks for usage, caches nothing and moderates nothing by default", () => {
    expect(rules[0]).toMatchObject({ includeUsage: true, cacheSeconds: 0, moderation: undefined });
    expect(rules[1]).toMatchObject({
      cacheSeconds: 60,
      moderation: { model: "omni-moderation-latest", whenUnavailable: "refuse", whenUnreadable: "refuse" },
    });
  });
});

describe("a model", () => {
  const [support, members] = rules;
  const check = (model: string | undefined, method = "POST", path = "/v1/chat/completions", rule = support) =>
    rule && checkModel(rule, method, path, model);

  it("may be one that the rule names", () => {
    expect(() => check("gpt-5-mini")).not.toThrow();
    expect(() => check("gpt-4o")).toThrow(modelForbidden);
  });

  it("that is refused or missing is answered with those that may be used", () => {
    const [rule] = relayRules({
      all: relayRuleSchema.parse({ allow: ["members"], models: ["gpt-5-*", "o4-mini"] }),
    });
    expect(() => check("gpt-4o", "POST", "/v1/responses", rule)).toThrow("You may use gpt-5-*, o4-mini.");
    expect(() => check(undefined, "POST", "/v1/responses", rule)).toThrow("Name a model: gpt-5-*, o4-mini.");
  });

  it("must be named where OpenAI would choose one", () => {
    expect(() => check(undefined)).toThrow(modelForbidden);
    expect(() => check(undefined, "POST", "/v1/files")).not.toThrow();
    expect(() => check(undefined, "GET", "/v1/responses/resp_1")).not.toThrow();
  });

  it("may be any where the rule names none", () => {
    expect(() => check("gpt-4o", "POST", "/v1/chat/completions", members)).not.toThrow();
    expect(() => check(undefined, "POST", "/v1/chat/completions", members)).not.toThrow();
  });
});

describe("an entry", () => {
  const allow = ["members"];

  it("has no limit, and inference alone, by default", () => {
    expect(relayRuleSchema.parse({ allow })).toMatchObject({ paths: ["inference"], limit: [] });
  });

  it("may let pass what moderation cannot check, or refuse it in so many words", () => {
    for (const choice of ["pass", "refuse"]) {
      const moderation = { model: "my-moderation", when_unavailable: choice, when_unreadable: choice };
      const [rule] = relayRules({ all: relayRuleSchema.parse({ allow, moderation }) });
      expect(rule?.moderation).toEqual({
        model: "my-moderation",
        whenUnavailable: choice,
        whenUnreadable: choice,
      });
    }
  });

  it.each<[string, object, string]>([
    ["a path that is none", { paths: ["files"] }, "must be inference, or a path such as /v1/files"],
    ["a path that is never relayed", { paths: ["/v1/organization"] }, "is never relayed"],
    ["no models", { models: [] }, ""],
    ["a model without a name", { models: [""] }, ""],
    ["a negative time in the cache", { cache_seconds: -1 }, ""],
    ["more than 30 days in the cache", { cache_seconds: 30 * 86_400 + 1 }, ""],
    ["a moderation without a name", { moderation: { model: "" } }, ""],
    ["another moderation that is unavailable", { moderation: { when_unavailable: "ask" } }, ""],
    ["another moderation of the unreadable", { moderation: { when_unreadable: "ask" } }, ""],
  ])("is refused with %s", (_, fields, message) => {
    const { error } = relayRuleSchema.safeParse({ allow, ...fields });
    expect(error?.issues.map((issue) => issue.message)).toEqual([expect.stringContaining(message)]);
  });

  it("may cache for 30 days", () => {
    expect(relayRuleSchema.parse({ allow, cache_seconds: 30 * 86_400 }).cache_seconds).toBe(2_592_000);
  });
});

// Which rule decides about a caller, and what it opens.
import { describe, expect, it } from "vitest";
import type { Caller } from "../../../../server/auth/caller.ts";
import { relayRuleSchema } from "../../../../server/config/broker-file.ts";
import { checkModel, relayRules, ruleFor } from "../../../../server/relay/policy/rules.ts";

const alice: Caller = { kind: "token", id: "token:alice", name: "alice", roles: ["support"] };
const bob: Caller = { kind: "token", id: "token:bob", name: "bob", roles: [] };
const guest: Caller = { kind: "guest", id: "guest:192.0.2.1" };

const rules = relayRules({
  support: relayRuleSchema.parse({ allow: ["role:support"], paths: ["POST /v1/files"], models: ["gpt-5-*"] }),
  members: relayRuleSchema.parse({ allow: ["members"], cache_seconds: 60, moderation: {} }),
});
const forbidden = expect.objectContaining({ code: "path-forbidden" });
const modelForbidden = expect.objectContaining({ code: "model-forbidden" });

describe("the rule of a caller", () => {
  it("is the first that fits, even if a later one opens more", () => {
    expect(ruleFor(rules, alice, "POST", "/v1/files?a=1")).toMatchObject({
      rule: { name: "support" },
      path: "/v1/files",
    });
    expect(() => ruleFor(rules, alice, "POST", "/v1/chat/completions")).toThrow(forbidden);
    expect(ruleFor(rules, bob, "POST", "/v1/chat/completions").rule.name).toBe("members");
  });

  it("is none for callers whom no entry fits", () => {
    expect(() => ruleFor(rules, guest, "GET", "/v1/models")).toThrow(forbidden);
    expect(() => ruleFor([], alice, "GET", "/v1/models")).toThrow(forbidden);
  });

  it("opens no path that can be read in two ways", () => {
    for (const target of ["/v1/../v1/models", "/v1/models%2f", "//v1/models"]) {
      expect(() => ruleFor(rules, bob, "GET", target), target).toThrow(forbidden);
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

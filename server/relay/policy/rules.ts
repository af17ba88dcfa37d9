// The rules of the relay: which callers may use which of OpenAI's addresses and models (`relay:` in broker.yaml).
import { z } from "zod";
import type { Allow } from "../../auth/allow.ts";
import { admits } from "../../auth/allow.ts";
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import { type Recorded, relayContents } from "../../ledger/content.ts";
import { ratesSchema } from "../../rates.ts";
import { namesModel } from "../../upstream/model-names.ts";
import type { ModerationRule } from "../moderation/moderation.ts";
import { isNeverOpen, isPathPattern, mustNameModel, openedBy, plainPath } from "./paths.ts";

/** The fields of an entry of `relay`, besides `allow`. */
export const relayRuleFields = {
  paths: z
    .array(
      z
        .string()
        .refine(
          isPathPattern,
          "must be inference, or a path such as /v1/files, POST /v1/files or /v1/files/*",
        )
        .refine((pattern) => !isNeverOpen(pattern), "is never relayed"),
    )
    .default(["inference"])
    .describe("OpenAI's addresses that they may use."),
  models: z.array(z.string().min(1)).min(1).optional().describe("The models they may use; all by default."),
  cache_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(0)
    .describe(
      "How long answers that would be the same again are cached for them, in seconds; 0 caches none.",
    ),
  include_usage: z
    .boolean()
    .default(true)
    .describe("Asks for the usage of streamed chats. `false` for servers that refuse `stream_options`."),
  moderation: z
    .strictObject({
      model: z.string().min(1).default("omni-moderation-latest").describe("OpenAI's moderation model."),
      when_unavailable: z
        .enum(["refuse", "pass"])
        .default("refuse")
        .describe("What happens when OpenAI cannot be asked."),
      when_unreadable: z
        .enum(["refuse", "pass"])
        .default("refuse")
        .describe("What happens to what cannot be checked: files, tokens, earlier responses, MCP servers."),
    })
    .optional()
    .describe("Has OpenAI check the texts they send. `{}` refuses what cannot be checked."),
  record: z
    .array(z.enum(relayContents))
    .default([])
    .describe(
      "What is kept of what they send and get, for operators: `prompts`, `answers`. Nothing by default.",
    ),
  limit: ratesSchema
    .default([])
    .describe("How often all callers together may use it, such as `1000 per minute`."),
};

const fields = z.strictObject(relayRuleFields);

type RelayRuleConfig = z.output<typeof fields> & { allow: Allow };

/** The entry that decides about a caller's relayed requests. */
export interface RelayRule {
  name: string;
  admits(caller: Caller): boolean;
  opens(method: string, path: string): boolean;
  models: readonly string[] | undefined;
  /** 0 caches nothing. */
  cacheSeconds: number;
  /** Whether the usage of streamed chats is asked for where the caller does not. */
  includeUsage: boolean;
  moderation: ModerationRule | undefined;
  /** What is kept of what is said. */
  record: Recorded;
}

/** The rules of the entries of `relay`, in their order. */
export const relayRules = (entries: Readonly<Record<string, RelayRuleConfig>>): RelayRule[] =>
  Object.entries(entries).map(
    ([
      name,
      { allow, paths, models, cache_seconds: cacheSeconds, include_usage: includeUsage, moderation, record },
    ]) => ({
      name,
      admits: (caller) => admits(allow, caller),
      opens: openedBy(paths),
      models,
      cacheSeconds,
      includeUsage,
      record,
      moderation: moderation && {
        model: moderation.model,
        whenUnavailable: moderation.when_unavailable,
        whenUnreadable: moderation.when_unreadable,
      },
    }),
  );

/** What of OpenAI's is asked for, and the rule that allows it. */
export interface RelayTarget {
  rule: RelayRule;
  /** A plain path under /v1. */
  path: string;
}

/** Throws `path-forbidden`. */
export type FindTarget = (caller: Caller, method: string, target: string) => RelayTarget;

/** Finds the first rule for a caller, if it opens the path of a request target. */
export const findTargetIn =
  (rules: readonly RelayRule[]): FindTarget =>
  (caller, method, target) => {
    const rule = rules.find((each) => each.admits(caller));
    if (!rule) throw new Failure("path-forbidden", "No entry of `relay` in broker.yaml is for you.");
    const path = plainPath(target.split("?", 1)[0] ?? "");
    if (path === undefined || !rule.opens(method, path)) throw new Failure("path-forbidden");
    return { rule, path };
  };

/** Throws `model-forbidden`. */
export const checkModel = (
  { models }: RelayRule,
  method: string,
  path: string,
  model: string | undefined,
): void => {
  if (!models) return;
  if (model === undefined && mustNameModel(method, path)) {
    throw new Failure("model-forbidden", `Name a model: ${models.join(", ")}.`);
  }
  if (model !== undefined && !namesModel(models, model)) {
    throw new Failure("model-forbidden", `You may use ${models.join(", ")}.`);
  }
};

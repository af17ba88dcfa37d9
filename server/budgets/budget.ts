// The budgets of broker.yaml: their schema, and whom each is for.
import { z } from "zod";
import { admits, allowSchema } from "../auth/allow.ts";
import type { Caller } from "../auth/caller.ts";
import { nameSchema } from "../names.ts";
import { type Unit, units, wholeParts } from "./units.ts";

const error =
  "must be everyone, members, guests, team:NAME, role:NAME, profile:NAME, user:NAME, token:NAME, signer:NAME, issuer:URL or host:NAME, or a list of them";

const selectorSchema = z.union(
  [allowSchema.element, z.templateLiteral([z.enum(["team:", "profile:"]), z.string()])],
  { error },
);

export type Selector = z.output<typeof selectorSchema>;

/** `for` of a budget, and of what is for callers in the same way. */
export const forSchema = z
  .union([selectorSchema, z.array(selectorSchema).min(1)], { error })
  .default("everyone")
  .transform((selectors): readonly Selector[] => (Array.isArray(selectors) ? selectors : [selectors]))
  .describe(
    "Whom it is for: a selector as under `allow`, `team:NAME`, `profile:NAME`, or a list, one of which must fit.",
  );

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
};

const amount = (most: number, schema: z.ZodNumber = z.number()) => schema.positive().max(most).optional();

/** One entry of `budgets`. */
export const budgetSchema = z
  .strictObject({
    name: nameSchema.describe(
      "What it is called in refusals, alerts and reports. Its amounts are kept under this name.",
    ),
    for: forSchema,
    each: z
      .enum(["caller", "team", "profile"])
      .optional()
      .describe(
        "Gives each caller, team or profile a budget of its own. Left out, all share one. All guests are one caller.",
      ),
    requests: amount(1e12, z.int()).describe("How many keys, tool calls and relayed requests together."),
    tokens: amount(1e15, z.int()).describe(
      "How many tokens, in and out, of relayed requests and supervised voice sessions.",
    ),
    minutes: amount(1e9).describe(
      "Minutes of sound that OpenAI bills by time, of WebSockets for voice, and of supervised voice sessions.",
    ),
    cost_usd: amount(1e6).describe(
      "What relayed requests and supervised voice sessions may cost, in US dollars.",
    ),
    per: z.enum(["day", "month"]).describe("The calendar's day or month, at whose end it renews."),
    time_zone: z
      .string()
      .refine(isTimeZone, "must be a time zone such as Europe/Vienna")
      .default("UTC")
      .describe("Whose midnight ends the day, such as Europe/Vienna."),
    unpriced: z
      .enum(["refuse", "pass"])
      .default("refuse")
      .describe(
        "What happens to models without a known price, where `cost_usd` is set: their cost cannot be counted.",
      ),
  })
  .refine((entry) => units.some((unit) => entry[unit] !== undefined), {
    error: "must have at least one of requests, tokens, minutes and cost_usd",
  });

/** `budgets` */
export const budgetsSchema = z
  .array(budgetSchema)
  .max(100)
  .refine(
    (entries) => new Set(entries.map(({ name }) => name)).size === entries.length,
    "each name may stand once",
  )
  .default([]);

export type BudgetConfig = z.output<typeof budgetSchema>;

export interface Budget {
  name: string;
  for: readonly Selector[];
  each: "caller" | "team" | "profile" | undefined;
  /** In whole parts of each unit. */
  limits: readonly { unit: Unit; limit: number }[];
  per: "day" | "month";
  timeZone: string;
  refusesUnpriced: boolean;
}

export const budgetOf = (config: BudgetConfig): Budget => ({
  name: config.name,
  for: config.for,
  each: config.each,
  limits: units.flatMap((unit) => {
    const limit = config[unit];
    return limit === undefined ? [] : [{ unit, limit: Math.max(1, wholeParts(unit, limit)) }];
  }),
  per: config.per,
  timeZone: config.time_zone,
  refusesUnpriced: config.unpriced === "refuse",
});

/** Who spends, and on what. */
export interface Spender {
  caller: Caller;
  /** Undefined where a request has none. */
  profile: string | undefined;
}

/** The part of a budget, or of another entry for callers, that says whom it is for. */
interface Audience {
  for: readonly Selector[];
  each?: Budget["each"];
}

/** Whose budget it is: `user:bob`, `team:search`, `profile:default`, or `everyone`; undefined where it is not for the spender. */
export const ownerOf = (budget: Audience, spender: Spender): string | undefined => {
  if (!budget.for.some((selector) => fits(selector, spender))) return undefined;
  const { caller, profile } = spender;
  switch (budget.each) {
    case undefined:
      return sharedOwner(budget);
    case "caller":
      // A guest's id is an address: it is not to be kept, and another costs nothing.
      return caller.kind === "guest" ? "guest" : caller.id;
    case "team":
      return teamOf(caller) === undefined ? undefined : `team:${teamOf(caller)}`;
    case "profile":
      return profile === undefined ? undefined : `profile:${profile}`;
  }
};

/** Of a budget that all whom it is for share. */
export const sharedOwner = (budget: Pick<Budget, "for">): string => budget.for.join(", ");

const fits = (selector: Selector, { caller, profile }: Spender): boolean => {
  if (selector.startsWith("team:")) return selector.slice("team:".length) === teamOf(caller);
  if (selector.startsWith("profile:")) return selector.slice("profile:".length) === profile;
  return admits([selector as never], caller);
};

const teamOf = (caller: Caller): string | undefined => (caller.kind === "guest" ? undefined : caller.team);

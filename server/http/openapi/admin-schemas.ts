// The shapes of the answers that the operator's page gets: the page's own types are inferred from them.
import { z } from "zod";

/** Sums of each source, in fields of their own. */
const figureFields = {
  requests: z.int().describe("Requests of known callers to this service, answered or not."),
  refused: z.int().describe("Of those, with a status of 4xx."),
  failed: z.int().describe("Of those, with a status of 5xx."),
  aborted: z.int().describe("Answers that ended before they were whole."),
  cache_hits: z.int(),
  relayed: z.int(),
  tool_calls: z.int(),
  sessions: z.int().describe("Supervised voice sessions that were started."),
  input_tokens: z.int().describe("Metered; those from the prompt cache among them."),
  cached_tokens: z.int(),
  output_tokens: z.int(),
  cost_nano_usd: z.int().describe("Metered, in billionths of a US dollar."),
  unpriced: z.int().describe("Answers of unknown cost, which `cost_nano_usd` leaves out."),
  keys: z.int().describe("Minted: keys that were handed out, whose use is not known here."),
  reports: z.int().describe("Reported by pages, which are not trusted."),
  reported_tokens: z.int(),
  reported_nano_usd: z.int(),
};

export const latencySchema = z.strictObject({
  p50: z.number().describe("Milliseconds, to within a tenth."),
  p95: z.number(),
  p99: z.number(),
  requests: z.int(),
});

export const budgetStateSchema = z.strictObject({
  name: z.string(),
  scope: z.string(),
  key: z.string().describe("Whose it is, such as a user's name."),
  used: z.number(),
  limit: z.number(),
  unit: z.string(),
  period_start: z.int(),
  renews_at: z.int(),
  forecast: z.number().describe("What will be used when the period ends, at the pace so far."),
});

export const keyHealthSchema = z.strictObject({
  name: z.string(),
  usable: z.boolean(),
  problem: z.string().nullable().describe("What is known to be wrong with it."),
  since: z.int().nullable().describe("Since when, in milliseconds since 1970."),
  priority: z.int(),
});

export const adminUserSchema = z.strictObject({
  name: z.string(),
  state: z.enum(["active", "disabled", "without a token"]),
  team: z.string().nullable(),
  roles: z.array(z.string()),
  profiles: z.array(z.string()).nullable().describe("Null where each profile's `allow` decides."),
  limits: z.record(z.string(), z.string()),
  created_at: z.int(),
  last_used_at: z.int().nullable(),
  tokens: z.array(
    z
      .strictObject({ prefix: z.string(), expires_at: z.int().nullable() })
      .describe("Named by its prefix, no secret."),
  ),
});

export const userTokenSchema = z.strictObject({
  name: z.string(),
  token: z.string().describe("Shown this once."),
});

export const overviewSchema = z.strictObject({
  totals: z.strictObject(figureFields),
  rows: z.array(
    z.strictObject({ name: z.string().describe("Empty where a record has none."), ...figureFields }),
  ),
  rows_left_out: z.int(),
  groups: z.array(z.string()).describe("The largest, which have points of their own."),
  points: z.array(
    z.strictObject({
      at: z.int().describe("When the hour or day begins, in milliseconds since 1970."),
      name: z.string().nullable().describe("A group; null for all together."),
      value: z.number(),
    }),
  ),
  latency: latencySchema.nullable(),
  latencies: z.array(latencySchema.extend({ at: z.int() })),
  refusals: z.array(z.strictObject({ problem: z.string(), title: z.string(), requests: z.int() })),
  budgets: z.array(budgetStateSchema),
  keys: z.array(keyHealthSchema),
});

export const userListSchema = z.strictObject({
  users: z.array(adminUserSchema),
  profiles: z.array(z.string()).describe("Those that users may be given."),
});

export const signInSchema = z.strictObject({
  configured: z.boolean().describe("Whether broker.yaml names an operator."),
  openid: z
    .strictObject({ issuer: z.url(), client_id: z.string(), scope: z.string() })
    .nullable()
    .describe("The identity provider that operators may sign in with; null where a token is pasted."),
});

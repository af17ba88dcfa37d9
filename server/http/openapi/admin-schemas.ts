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
  forecast: z.number().nullable().describe("What will be used when the period ends, at the pace so far."),
});

export const keyHealthSchema = z.strictObject({
  name: z.string(),
  usable: z.boolean(),
  problem: z.string().nullable().describe("What is known to be wrong with it."),
  since: z.int().nullable().describe("Since when, in milliseconds since 1970."),
  priority: z.int(),
});

const attemptSchema = z.strictObject({ key: z.string(), outcome: z.string(), ms: z.number() });

/** A record of the ledger, as one row. */
export const requestSchema = z.strictObject({
  id: z.string(),
  at: z.int(),
  kind: z.enum(["mint", "tool-call", "relay", "report"]),
  source: z.enum(["minted", "metered", "reported"]),
  user: z.string(),
  team: z.string().nullable(),
  profile: z.string().nullable(),
  rule: z.string().nullable(),
  tool: z.string().nullable(),
  model: z.string().nullable(),
  upstream_key: z.string().nullable(),
  status: z.int(),
  problem: z.string().nullable(),
  aborted: z.boolean(),
  cache: z.enum(["hit", "joined", "miss"]).nullable(),
  latency_ms: z.number(),
  tags: z.array(z.string()),
  quantities: z.record(z.string(), z.number()).describe("Tokens by kind, seconds and images, those that are not zero."),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_nano_usd: z.int().nullable().describe("Null where it is not known."),
});

/** With what is known of how it went. */
export const storySchema = requestSchema.extend({
  title: z.string().nullable().describe("The problem in words."),
  advice: z.string().nullable().describe("What can be done about it."),
  story: z.strictObject({
    method: z.string(),
    route: z.string(),
    openai_request_id: z.string().nullable(),
    limits: z.array(z.string()),
    pointers: z.array(z.string()),
    attempts: z.array(attemptSchema),
    cause: z.string().nullable(),
    session: z.string().nullable(),
  }),
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
    z.strictObject({ prefix: z.string(), expires_at: z.int().nullable() }).describe("Named by its prefix, no secret."),
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

export const requestListSchema = z.strictObject({ requests: z.array(requestSchema) });

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

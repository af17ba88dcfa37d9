// The shapes of the answers about usage.
import { z } from "zod";
import { contentKinds } from "../../ledger/content.ts";
import { recordKinds } from "../../ledger/record.ts";
import { quantityColumns } from "../../usage/quantities.ts";

const count = z.int().min(0);
const instant = z.iso.datetime();
const name = z.string().describe("An empty text for those without one.");

const quantityFields = Object.fromEntries(
  Object.values(quantityColumns).map((column) => [column, z.number().min(0)]),
) as Record<(typeof quantityColumns)[keyof typeof quantityColumns], z.ZodNumber>;

const cost = z.number().nullable();

const spendingSchema = z.strictObject({
  input_tokens: z.number().describe("All that went in: text, audio and images, cached ones too."),
  cached_tokens: z.number().describe("Of those: what OpenAI had in its prompt cache."),
  output_tokens: z.number(),
  ...quantityFields,
  cost_usd: cost.describe("Of what has a known price; null where nothing has one."),
  unpriced: count.describe("Requests whose cost is not known, which `cost_usd` leaves out."),
});

const usageRowSchema = z.strictObject({
  at: instant.optional().describe("When the hour or day begins, where `period` was asked for."),
  user: name.optional(),
  team: name.optional(),
  model: name.optional(),
  profile: name.optional(),
  tool: name.optional(),
  kind: name.optional(),
  upstream_key: name.optional(),
  minted: count.describe("Keys that were handed out."),
  tool_calls: count,
  relayed: count,
  sessions: count.describe("Supervised voice sessions that were started; what they used is metered."),
  refused: count,
  failed: count,
  aborted: count.describe("Of those relayed: ended before the answer was whole."),
  cache_hits: count.describe("Of those relayed: from the response cache, which costs nothing."),
  metered: spendingSchema.describe(
    "What passed this service, and what it saw of supervised voice sessions, as OpenAI told it.",
  ),
  reports: count.describe("Reports of pages."),
  reported: spendingSchema.describe("What pages told of their voice sessions. It cannot be checked here."),
});

export const usageSchema = z.strictObject({
  about: z.string().describe("The caller whose usage it is, or `everyone`."),
  since: instant,
  until: instant,
  time_zone: z.string(),
  rows: z.array(usageRowSchema).describe("By time, then the dearest first."),
  total: usageRowSchema,
  unpriced_models: z.array(z.string()).describe("Models that were used and have no known price."),
});

const usageRecordFields = {
  id: z
    .string()
    .describe(
      "The request's id, as in the header `x-request-id`, or `x-broker-request-id` where it was relayed.",
    ),
  at: instant.describe("When the request ended."),
  kind: z.enum(recordKinds).describe("`voice` is no request: a part of a supervised session was metered."),
  source: z.enum(["minted", "metered", "reported"]).describe("How far the figures can be trusted."),
  user: z.string(),
  team: z.string().nullable(),
  profile: z.string().nullable(),
  rule: z.string().nullable().describe("The entry of `relay`."),
  tool: z.string().nullable(),
  model: z.string().nullable(),
  status: z.int(),
  problem: z.string().nullable().describe("The code of the refusal, explained at `/problems/<code>`."),
  aborted: z.boolean(),
  cache: z.enum(["hit", "joined", "miss"]).nullable(),
  latency_ms: z.number(),
  tags: z.array(z.string()),
  input_tokens: z.number(),
  cached_tokens: z.number(),
  output_tokens: z.number(),
  seconds: z.number(),
  images: z.number(),
  cost_usd: cost,
  upstream_key: z.string().nullable().optional().describe("For operators."),
};

export const usageRecordsSchema = z.strictObject({
  requests: z.array(z.strictObject(usageRecordFields)).describe("The newest first."),
});

export const usageRecordSchema = z.strictObject({
  ...usageRecordFields,
  contents: z
    .array(
      z.strictObject({
        kind: z.enum(contentKinds),
        text: z.string(),
        is_cut: z.boolean().describe("Whether its middle was too long to keep."),
      }),
    )
    .optional()
    .describe("What was said in it, where `record` in broker.yaml keeps that. For operators."),
  story: z.strictObject({
    why: z.string().describe("What came of it, in words."),
    method: z.string(),
    route: z.string(),
    session: z.string().nullable(),
    limits: z.array(z.string()).describe("The limits and budgets that were used up."),
    pointers: z.array(z.string()).describe("JSON pointers to what was wrong in the input."),
    cause: z.string().nullable().optional().describe("For operators."),
    openai_request_id: z.string().nullable().optional().describe("For operators."),
    attempts: z
      .array(z.strictObject({ key: z.string(), outcome: z.string(), ms: z.number() }))
      .optional()
      .describe("The attempts at OpenAI, in their order. For operators."),
  }),
});

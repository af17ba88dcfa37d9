// GET /v1/organization/usage/… and /v1/organization/costs: what was billed, in buckets, grouped and in pages.
import { type Context, Hono } from "hono";
import { z } from "zod";
import { accept } from "../http/refusal.ts";
import { adminKey } from "../keys/credentials.ts";
import { addUsed, type BilledRow, type BilledUsage, billedEndpoints } from "./billed-usage.ts";
import { lineItemsOf } from "./prices.ts";

const whole = z.coerce.number<string>().int();
const widths = { "1m": 60, "1h": 3600, "1d": 86_400 } as const;
const most = { "1m": 1440, "1h": 168, "1d": 31 } as const;

const usageQuery = z.looseObject({
  start_time: whole,
  end_time: whole.optional(),
  bucket_width: z.enum(["1m", "1h", "1d"]).default("1d"),
  group_by: z.array(z.enum(["project_id", "api_key_id", "model", "line_item"])).default([]),
  project_ids: z.array(z.string()).optional(),
  limit: whole.min(1).optional(),
  page: z.string().optional(),
});

type UsageQuery = z.output<typeof usageQuery>;
type Result = Record<string, unknown>;
type Group = Record<"api_key_id" | "line_item" | "model" | "project_id", string | null>;

interface BillingPorts {
  billed: BilledUsage;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Usage and costs, under `/v1/organization`. */
export const organizationRoutes = ({ billed, now }: BillingPorts) => {
  const answer = (c: Context, largest: number | undefined, resultsOf: ResultsOf) => {
    adminKey(c.req.header("authorization"));
    const query = accept(usageQuery, readQuery(new URL(c.req.url).searchParams));
    return c.json(pageOf(query, billed, Math.floor(now() / 1000), largest, resultsOf));
  };
  const app = new Hono().get("/costs", (c) => answer(c, 180, costsOf));
  for (const endpoint of billedEndpoints) {
    app.get(`/usage/${endpoint}`, (c) =>
      answer(c, undefined, (rows, query) =>
        usageOf(
          endpoint,
          rows.filter((row) => row.endpoint === endpoint),
          query,
        ),
      ),
    );
  }
  return app;
};

type ResultsOf = (rows: readonly BilledRow[], query: UsageQuery) => Result[];

// As OpenAI's packages write lists: `group_by=model&group_by=project_id`, or with `[]` behind the name.
const readQuery = (params: URLSearchParams): Record<string, unknown> => {
  const lists = new Set(["group_by", "project_ids"]);
  const names = new Set([...params.keys()]);
  return Object.fromEntries(
    [...names].map((name) => {
      const plain = name.replace(/\[\]$/, "");
      return [plain, lists.has(plain) ? params.getAll(name) : params.get(name)];
    }),
  );
};

const pageOf = (
  query: UsageQuery,
  billed: BilledUsage,
  now: number,
  largest: number | undefined,
  resultsOf: ResultsOf,
) => {
  const width = widths[query.bucket_width];
  const limit = Math.min(query.limit ?? 7, largest ?? most[query.bucket_width]);
  const start = Math.floor(query.start_time / width) * width;
  const end = query.end_time ?? now + 1;
  const first = query.page === undefined ? start : Number(query.page.replace("page_", ""));
  const starts = Array.from(
    { length: Math.min(limit + 1, Math.max(0, Math.ceil((end - first) / width))) },
    (_, index) => first + index * width,
  );
  const data = starts.slice(0, limit).map((from) => {
    const rows = billed
      .between(Math.max(from, query.start_time), Math.min(from + width, end))
      .filter(({ project }) => query.project_ids?.includes(project) ?? true);
    const results = resultsOf(rows, query);
    return { object: "bucket", start_time: from, end_time: Math.min(from + width, end), results };
  });
  const next = starts[limit];
  return {
    object: "page",
    data,
    has_more: next !== undefined,
    next_page: next === undefined ? null : `page_${next}`,
  };
};

const groupsOf = (rows: readonly BilledRow[], keyOf: (row: BilledRow) => Group): Map<string, BilledRow[]> =>
  Map.groupBy(rows, (row) => JSON.stringify(keyOf(row)));

const groupOf = (row: BilledRow, { group_by: by }: UsageQuery, item: string | null = null): Group => ({
  project_id: by.includes("project_id") ? row.project : null,
  api_key_id: by.includes("api_key_id") ? row.keyId : null,
  model: by.includes("model") ? row.model : null,
  line_item: by.includes("line_item") ? item : null,
});

const usageOf = (endpoint: string, rows: readonly BilledRow[], query: UsageQuery): Result[] =>
  [...groupsOf(rows, (row) => groupOf(row, query))].map(([key, group]) => {
    const { line_item: _, ...names } = JSON.parse(key);
    const used = group.map((row) => row.used).reduce((sum, each) => addUsed(sum, each));
    return {
      object: `organization.usage.${endpoint}.result`,
      ...fieldsOf(endpoint, used),
      num_model_requests: group.reduce((sum, { requests }) => sum + requests, 0),
      ...{ ...names, user_id: null },
    };
  });

const fieldsOf = (endpoint: string, used: BilledRow["used"]): Result => {
  switch (endpoint) {
    case "images":
      return { images: used.images, size: null, source: null };
    case "audio_speeches":
      return { characters: used.characters };
    case "audio_transcriptions":
      return { seconds: used.seconds };
    case "completions":
      return {
        input_tokens: used.inputTokens,
        output_tokens: used.outputTokens,
        input_cached_tokens: 0,
        input_audio_tokens: used.audioInputTokens,
        batch: null,
      };
    default:
      return { input_tokens: used.inputTokens };
  }
};

const costsOf = (rows: readonly BilledRow[], query: UsageQuery): Result[] => {
  const sums = new Map<string, number>();
  for (const row of rows) {
    for (const [item, usd] of lineItemsOf(row.model, row.used)) {
      const key = JSON.stringify(groupOf(row, query, item));
      if (usd > 0) sums.set(key, (sums.get(key) ?? 0) + usd);
    }
  }
  return [...sums].map(([key, value]) => {
    const { model: _, ...names } = JSON.parse(key);
    return { object: "organization.costs.result", amount: { value, currency: "usd" }, ...names };
  });
};

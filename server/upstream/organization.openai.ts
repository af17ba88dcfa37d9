// What OpenAI counted and charged, over OpenAI's own client.
import type OpenAI from "openai";
import { z } from "zod";
import { redact } from "../observe/redact.ts";
import type { Secret } from "../secret.ts";
import { clientOptions } from "./client-options.ts";
import { toError } from "./error-response.ts";
import type { Days, Organization, OrganizationCost, OrganizationUsage } from "./organization.ts";

interface Account {
  /** An admin key: it begins with `sk-admin-`. */
  adminKey: Secret;
  baseUrl: string;
  fetch: typeof globalThis.fetch;
}

const TIMEOUT_MS = 60_000;
/** OpenAI gives out so many days at once. */
const DAYS_A_PAGE = 31;
/** Ten years: an answer that promises ever more pages ends there. */
const MOST_PAGES = 120;

const count = z.number().nullish();
const name = z
  .string()
  .nullish()
  .transform((text) => text ?? "");
const result = z.object({
  ...{ project_id: name, api_key_id: name, model: name, line_item: name },
  ...{ num_model_requests: count, input_tokens: count, output_tokens: count, seconds: count },
  amount: z.object({ value: z.coerce.number() }).nullish(),
});
const pageSchema = z.object({
  data: z.array(z.object({ start_time: z.number(), results: z.array(result) })),
  has_more: z.boolean(),
  next_page: z.string().nullable(),
});

type Page = z.output<typeof pageSchema>;
type Result = z.output<typeof result>;

export const openAiOrganization = ({ adminKey, baseUrl, fetch }: Account): Organization => {
  const connect = async () => {
    const { OpenAI } = await import("openai");
    const access = { baseUrl, fetch, timeoutMs: TIMEOUT_MS, maxRetries: 3 };
    const client = new OpenAI(clientOptions({ ...access, adminAPIKey: adminKey.reveal() }));
    return client.admin.organization.usage;
  };
  return {
    usage: async (days) => {
      const usage = await connect();
      const query = { ...queryOf(days), group_by: ["project_id", "api_key_id", "model"] as const };
      const ask = async (what: (typeof endpoints)[number]) =>
        allPages((page) => usage[what]({ ...query, group_by: [...query.group_by], ...page }));
      const answers: OrganizationUsage[] = [];
      for (const endpoint of endpoints) {
        answers.push(...rowsOf(await ask(endpoint)).map(([dayAt, row]) => usageRow(dayAt, row)));
      }
      return answers;
    },
    costs: async (days) => {
      const usage = await connect();
      const pages = await allPages((page) =>
        usage.costs({ ...queryOf(days), group_by: ["project_id", "api_key_id", "line_item"], ...page }),
      );
      return rowsOf(pages).map(([dayAt, row]) => costRow(dayAt, row));
    },
  };
};

const endpoints = [
  ...([
    "completions",
    "embeddings",
    "images",
    "audioSpeeches",
    "audioTranscriptions",
    "moderations",
  ] as const),
];

const queryOf = ({ since, until, projects }: Days) => ({
  start_time: since / 1000,
  end_time: until / 1000,
  bucket_width: "1d" as const,
  limit: DAYS_A_PAGE,
  ...(projects.length > 0 && { project_ids: [...projects] }),
});

const allPages = async (ask: (page: { page?: string }) => Promise<unknown>): Promise<Page[]> => {
  const pages: Page[] = [];
  let next: string | null = null;
  do {
    const answer = await ask(next === null ? {} : { page: next }).catch((error: unknown) => {
      throw new Error(reasonOf(error), { cause: error });
    });
    const page = readPage(answer);
    pages.push(page);
    next = page.has_more ? page.next_page : null;
  } while (next !== null && pages.length < MOST_PAGES);
  return pages;
};

const readPage = (answer: unknown): Page => {
  const { data, success } = pageSchema.safeParse(answer);
  if (!success) throw new Error("OpenAI's answer about usage has not the documented form");
  return data;
};

const reasonOf = (error: unknown): string => {
  const { status, error: body } = error as Partial<InstanceType<typeof OpenAI.APIError>>;
  if (status === 401 || status === 403) {
    return "OpenAI refused OPENAI_ADMIN_KEY: it takes an admin key with the right to read usage, from the organization's settings";
  }
  if (typeof status === "number") return `OpenAI refused to tell its usage: ${toError(status, body).message}`;
  return `OpenAI could not be asked: ${redact(error instanceof Error ? error.message : String(error))}`;
};

const rowsOf = (pages: readonly Page[]): [number, Result][] =>
  pages.flatMap(({ data }) =>
    data.flatMap(({ start_time: at, results }) => results.map((row): [number, Result] => [at * 1000, row])),
  );

const placeOf = (dayAt: number, row: Result) => ({ dayAt, project: row.project_id, keyId: row.api_key_id });

const usageRow = (dayAt: number, row: Result): OrganizationUsage => ({
  ...placeOf(dayAt, row),
  model: row.model,
  requests: row.num_model_requests ?? 0,
  inputTokens: row.input_tokens ?? undefined,
  outputTokens: row.output_tokens ?? undefined,
  seconds: row.seconds ?? undefined,
});

const costRow = (dayAt: number, row: Result): OrganizationCost => ({
  ...placeOf(dayAt, row),
  lineItem: row.line_item,
  usd: row.amount?.value ?? 0,
});

// GET /usage: who used what, and what it cost.
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import type { SumsQuery } from "../../ledger/books.ts";
import { questionFields, readQuestion } from "../../ledger/question.ts";
import { replyOf } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitReports } from "../middleware/limits.ts";
import { resolveBooks } from "../middleware/operators.ts";
import { booksFailures, narrowed, readBooks, refuseFaults } from "../middleware/usage.ts";
import { usageSchema } from "../openapi/usage-schemas.ts";
import { operation, step } from "../operation.ts";
import { readQuery } from "../request/query.ts";
import type { WriteUsage } from "../response/usage-text.ts";

const usageQuery = z.strictObject({
  ...questionFields.shape,
  format: z.enum(["json", "csv"]).default("json").describe("csv is for spreadsheets."),
});

export interface UsageServices {
  writeUsage: WriteUsage;
}

interface Asked {
  question: SumsQuery;
  format: "csv" | "json";
}

const readAsked = step(
  ["usage-query-invalid", "operators-only"],
  (
    { query, ownOnly }: RequestFacts & { ownOnly: string | undefined },
    { clock }: { clock: Pick<Clock, "now"> },
  ): Asked => {
    const { format, ...fields } = readQuery(usageQuery, query, "usage-query-invalid");
    const question = refuseFaults(() => readQuestion(fields, clock.now()));
    return { question: { ...question, where: narrowed(question.where, question.by, ownOnly) }, format };
  },
);

export const usage = operation({
  routes: { "GET /usage": "usage" },
  summary: "Who used what, and what it cost",
  description:
    "Operators see everyone's usage, other callers their own, whatever they ask for. Keys that were minted, what OpenAI metered and what pages reported are told apart.",
  query: usageQuery,
  answer: replyOf("The sums.", { "application/json": usageSchema, "text/csv": "text" }),
  failures: booksFailures,
})
  .step(acceptWork)
  .step(authenticate)
  .step(limitReports)
  .step(resolveBooks)
  .step(readAsked)
  .handle(
    async (
      { question, format, ownOnly }: Asked & { ownOnly: string | undefined },
      { writeUsage }: UsageServices,
    ) => {
      const body = await readBooks(writeUsage({ question, format, about: ownOnly ?? "everyone" }));
      return { headers: { "cache-control": "no-store", ...headersOf[format] }, body };
    },
  );

const headersOf = {
  csv: {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="usage.csv"',
  },
  json: { "content-type": "application/json" },
};

// GET /usage/requests, and one of them with its story.
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { RecordsQuery } from "../../ledger/books.ts";
import { filterFields, rangeFields, readFilters, readRange } from "../../ledger/question.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitReports } from "../middleware/limits.ts";
import { resolveBooks } from "../middleware/operators.ts";
import { type BooksServices, booksFailures, narrowed, readBooks, refuseFaults } from "../middleware/usage.ts";
import { usageRecordSchema, usageRecordsSchema } from "../openapi/usage-schemas.ts";
import { operation, step } from "../operation.ts";
import { readQuery } from "../request/query.ts";
import { recordAnswer, storyAnswer } from "../response/usage-answers.ts";

const MAX_RECORDS = 500;

const recordsQuery = z.strictObject({
  ...rangeFields,
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be a number from 1 to ${MAX_RECORDS}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MAX_RECORDS, `must be a number from 1 to ${MAX_RECORDS}`)
    .default(50)
    .describe("At most this many."),
  ...filterFields,
});

interface Own {
  /** The only caller whose books may be seen. */
  ownOnly: string | undefined;
}

const readAsked = step(
  ["usage-query-invalid", "operators-only"],
  (
    { query, ownOnly }: RequestFacts & Own,
    { clock }: { clock: Pick<Clock, "now"> },
  ): { asked: RecordsQuery } => {
    const { limit, ...fields } = readQuery(recordsQuery, query, "usage-query-invalid");
    const range = refuseFaults(() => readRange(fields, clock.now()));
    return { asked: { ...range, limit, where: narrowed(readFilters(fields), [], ownOnly) } };
  },
);

export const usageRequests = operation({
  routes: { "GET /usage/requests": "usageRequests" },
  summary: "The newest requests in the books",
  description: "Operators see everyone's, other callers their own. Only as long as single records are kept.",
  query: recordsQuery,
  answer: jsonAnswer("The requests.", usageRecordsSchema),
  failures: booksFailures,
})
  .step(acceptWork)
  .step(authenticate)
  .step(limitReports)
  .step(resolveBooks)
  .step(readAsked)
  .handle(async ({ asked, ownOnly }: Own & { asked: RecordsQuery }, { books }: BooksServices) => {
    const records = await readBooks(books.records(asked));
    return { requests: records.map((record) => recordAnswer(record, ownOnly === undefined)) };
  });

export const usageRequest = operation({
  routes: { "GET /usage/requests/:id": "usageRequest" },
  summary: "What came of one request",
  description:
    "By the id in the header `x-request-id` of its answer, `x-broker-request-id` where it was relayed; or by OpenAI's. Operators see why it failed and each attempt at OpenAI; other callers may ask for their own requests.",
  pathParameters: { id: "The request's id." },
  answer: jsonAnswer("The request.", usageRecordSchema),
  failures: [...booksFailures, "request-unknown"],
})
  .step(acceptWork)
  .step(authenticate)
  .step(limitReports)
  .step(resolveBooks)
  .handle(async ({ path, ownOnly }: RequestFacts & Own, { books }: BooksServices) => {
    const id = path.slice(path.lastIndexOf("/") + 1);
    const record = await readBooks(books.find(id));
    // Whether another caller's request exists is not told.
    if (!record || (ownOnly !== undefined && record.caller !== ownOnly)) throw new Failure("request-unknown");
    const isOperator = ownOnly === undefined;
    const contents = isOperator ? await readBooks(books.contents(record.requestId)) : [];
    return storyAnswer(record, isOperator, contents);
  });

// GET /admin/api/requests: the newest requests. GET /admin/api/requests/<id>: how one of them went.
import { z } from "zod";
import { Failure } from "../../failures/failure.ts";
import type { Books } from "../../ledger/books.ts";
import { filterFields, filtersOf, rangeFields } from "../admin-query.ts";
import { requestOf, storyOf } from "../admin-records.ts";
import { jsonAnswer } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitInFlight } from "../middleware/limits.ts";
import { requireOperator } from "../middleware/operator.ts";
import { requestListSchema, storySchema } from "../openapi/admin-schemas.ts";
import { operation, step } from "../operation.ts";
import { readQueryBy } from "../request/input.ts";

export interface RequestsServices {
  books: Books;
}

const { since, until } = rangeFields;
const query = z.strictObject({ since, until, ...filterFields });

const readRequestsQuery = step(["admin-request-invalid"], (facts: { query: string }) => ({
  requestsQuery: readQueryBy(query, facts.query, "admin-request-invalid"),
}));

/** What a page shows at once; the command line has the rest. */
const MAX_REQUESTS = 100;

export const adminRequests = operation({
  routes: { "GET /admin/api/requests": "adminRequests" },
  summary: "The newest requests, for operators",
  query,
  answer: jsonAnswer("At most a hundred, the newest first.", requestListSchema),
  isQuiet: true,
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitInFlight)
  .step(readRequestsQuery)
  .handle(async ({ requestsQuery }, { books }: RequestsServices) => {
    const { since, until, ...filters } = requestsQuery;
    const records = await books.records({ since, until, where: filtersOf(filters), limit: MAX_REQUESTS });
    return { requests: records.map(requestOf) };
  });

const PATH = "/admin/api/requests/";

export const adminRequest = operation({
  routes: { "GET /admin/api/requests/:id": "adminRequest" },
  summary: "How one request went, for operators",
  pathParameters: { id: "The request's id, as in the header `x-request-id` of its answer." },
  answer: jsonAnswer("Its record and its story.", storySchema),
  failures: ["not-found"],
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitInFlight)
  .handle(async ({ path }, { books }: RequestsServices) => {
    const record = await books.find(path.slice(PATH.length));
    if (!record) throw new Failure("not-found", "The ledger has no request of this id. Single records are kept for some weeks.");
    return storyOf(record);
  });

// Questions about usage in a query, and what the database makes of them.
import { Failure } from "../../failures/failure.ts";
import { jsonPointer } from "../../json/pointer.ts";
import { type Books, type SumsQuery, TooManySums } from "../../ledger/books.ts";
import { QuestionError } from "../../ledger/question.ts";
import { ReaderBusy } from "../../store/reader.ts";

export interface BooksServices {
  books: Books;
}

const invalid = (errors: { pointer: string; detail: string }[]): Failure =>
  new Failure("usage-query-invalid", undefined, { errors });

/** Throws `usage-query-invalid` for what the reading finds wrong. */
export const refuseFaults = <Result>(read: () => Result): Result => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    throw invalid(error.faults.map(({ field, detail }) => ({ pointer: jsonPointer([field]), detail })));
  }
};

/** The filters, narrowed to the caller's own. Throws `operators-only` for a filter or a group that tells of keys at OpenAI. */
export const narrowed = (
  where: SumsQuery["where"],
  by: SumsQuery["by"],
  ownOnly: string | undefined,
): SumsQuery["where"] => {
  if (ownOnly === undefined) return where;
  if (where.upstream_key || by.includes("upstream_key")) {
    throw new Failure("operators-only", "The keys at OpenAI are for operators to see.");
  }
  return { ...where, user: [ownOnly] };
};

/** Throws `store-unavailable`, `overloaded` or `usage-query-invalid` in place of the database's errors. */
export const readBooks = async <Result>(reading: Promise<Result>): Promise<Result> => {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ReaderBusy) throw new Failure("overloaded", undefined, { cause: error });
    if (!(error instanceof TooManySums)) throw new Failure("store-unavailable", undefined, { cause: error });
    const detail = "has too many groups for an answer: ask for a shorter range, or group by less";
    throw invalid([{ pointer: jsonPointer(["by"]), detail }]);
  }
};

/** What reading the books may refuse. */
export const booksFailures = ["overloaded", "store-unavailable", "usage-query-invalid"] as const;

// The answer of GET /usage as text. Many thousand rows take longer to write than others should wait.
import type { Books, SumsQuery } from "../../ledger/books.ts";
import { usageCsv } from "../../ledger/usage-csv.ts";
import { reportUsage } from "../../ledger/usage-report.ts";
import { usageAnswer } from "./usage-answers.ts";

export interface UsageAsked {
  question: SumsQuery;
  format: "csv" | "json";
  /** The caller whose usage it is, or `everyone`. */
  about: string;
}

/** Rejects as `Books` does. */
export type WriteUsage = (asked: UsageAsked) => Promise<string | Uint8Array>;

export const usageText = async (
  books: Pick<Books, "sums">,
  { question, format, about }: UsageAsked,
): Promise<string> => {
  const report = await reportUsage(books, question);
  return format === "csv"
    ? usageCsv(report.rows, question)
    : JSON.stringify(usageAnswer(about, question, report));
};

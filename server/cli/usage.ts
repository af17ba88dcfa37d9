// `broker usage`: who used what and what it cost, from the books.
import { parseArgs } from "node:util";
import { faultsOf } from "../json/input-errors.ts";
import { parseInput } from "../json/parse-input.ts";
import { type Books, dimensions, type SumsQuery, TooManySums } from "../ledger/books.ts";
import { periodLabel } from "../ledger/calendar.ts";
import { QuestionError, type QuestionFields, questionFields, readQuestion } from "../ledger/question.ts";
import { usageCsv } from "../ledger/usage-csv.ts";
import { costUsd, inputTokens, outputTokens, reportUsage, type UsageRow } from "../ledger/usage-report.ts";
import { suggestNames } from "../names.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { usageTables } from "./usage-table.ts";

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;
const options = {
  ...{ by: { ...text, default: "user" }, since: { ...text, default: "7d" }, until: text },
  ...{ "time-zone": { ...text, default: "UTC" }, csv: flag, json: flag },
  ...{ user: text, team: text, model: text, profile: text, tool: text, kind: text },
} as const;

export interface UsageCommand {
  question: SumsQuery;
  format: "csv" | "json" | "table";
}

/** Reads the words after `usage`. Throws a `CommandError` that says what was not understood. */
export const readUsage = (words: readonly string[], now: number): UsageCommand => {
  const { by, csv, json, "time-zone": timeZone, ...rest } = parse(words);
  const asked = by.split(",");
  const period = asked.find((each) => each === "day" || each === "hour");
  if (csv && json) throw misused("--csv and --json exclude each other");
  for (const each of asked) {
    const known = [...dimensions, "day", "hour"];
    if (!known.includes(each)) throw misused(`--by: there is no ${each}${suggestNames(each, known)}`);
  }
  const fields = { ...rest, by: asked.filter((each) => each !== period).join(","), period };
  const question = inWords(() => readQuestion(checked({ ...fields, time_zone: timeZone }), now));
  return { question, format: csv ? "csv" : json ? "json" : "table" };
};

const parse = (words: readonly string[]) => {
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

const checked = (fields: Record<string, unknown>): QuestionFields => {
  const parsed = parseInput(questionFields, fields);
  if (parsed.success) return parsed.data;
  throw new QuestionError(
    faultsOf(parsed.error.issues).map((fault) => ({
      field: String(fault.path[0]) as keyof QuestionFields,
      detail: fault.kind === "wrong" ? fault.detail : "is not known",
    })),
  );
};

const inWords = <Result>(read: () => Result): Result => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    const words = error.faults.map(({ field, detail }) => `--${field.replace("_", "-")}: ${detail}`);
    throw misused(words.join("; "));
  }
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);

/** Prints the report. Throws a `CommandError` where it cannot be made. */
export const showUsage = async (
  { question, format }: UsageCommand,
  { books, terminal }: { books: Pick<Books, "sums">; terminal: Terminal },
): Promise<void> => {
  const report = await reportUsage(books, question).catch((error) => {
    if (!(error instanceof TooManySums)) throw error;
    throw new CommandError(`${error.message}; ask for a shorter range, or group by less`);
  });
  if (format === "table") return terminal.print(usageTables(report, question, terminal).join("\n"));
  if (format === "csv") terminal.print(usageCsv(report.rows, question).trimEnd());
  else terminal.print(JSON.stringify(report.rows.map((row) => plain(row, question))));
  const { unpricedModels } = report;
  if (unpricedModels.length > 0) {
    terminal.complain(`Note: no price is known of ${unpricedModels.join(", ")}, so costs are too low.`);
  }
};

// Reports of pages are no part of these figures.
const plain = (row: UsageRow, { period, timeZone }: SumsQuery) => ({
  ...(period && { [period]: periodLabel(row.periodAt ?? 0, period, timeZone) }),
  ...row.group,
  minted: row.minted,
  tool_calls: row.toolCalls,
  relayed: row.relayed,
  sessions: row.sessions,
  input_tokens: inputTokens(row.metered),
  output_tokens: outputTokens(row.metered),
  cost_usd: costUsd(row.metered),
});

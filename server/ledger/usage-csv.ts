// A report as CSV (RFC 4180) for spreadsheets. Pure.
import type { SumsQuery } from "./books.ts";
import { periodLabel } from "./calendar.ts";
import {
  cachedTokens,
  costUsd,
  emptyRow,
  inputTokens,
  outputTokens,
  type Spending,
  type UsageRow,
} from "./usage-report.ts";

type Cell = string | number | null;

/** Ends in a line break. What has no known price is empty. */
export const usageCsv = (
  rows: readonly UsageRow[],
  { by, period, timeZone }: Pick<SumsQuery, "by" | "period" | "timeZone">,
): string => {
  const columns = (row: UsageRow): Record<string, Cell> => ({
    ...(period && { [period]: periodLabel(row.periodAt ?? 0, period, timeZone) }),
    ...Object.fromEntries(by.map((each) => [each, row.group[each] ?? ""])),
    minted: row.minted,
    tool_calls: row.toolCalls,
    relayed: row.relayed,
    sessions: row.sessions,
    refused: row.refused,
    failed: row.failed,
    aborted: row.aborted,
    cache_hits: row.cacheHits,
    ...spent(row.metered, ""),
    reports: row.reports,
    ...spent(row.reported, "reported_"),
  });
  const heading = Object.keys(columns(emptyRow({}, undefined)));
  return [heading, ...rows.map((row) => Object.values(columns(row)))].map(lineOf).join("");
};

const spent = (spending: Spending, prefix: string): Record<string, Cell> => ({
  [`${prefix}input_tokens`]: inputTokens(spending),
  [`${prefix}cached_tokens`]: cachedTokens(spending),
  [`${prefix}output_tokens`]: outputTokens(spending),
  [`${prefix}seconds`]: spending.quantities.seconds,
  [`${prefix}images`]: spending.quantities.images,
  [`${prefix}cost_usd`]: costUsd(spending),
  [`${prefix}unpriced`]: spending.unpriced,
});

const lineOf = (cells: readonly Cell[]): string => `${cells.map(written).join(",")}\r\n`;

const written = (cell: Cell): string => {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  // A spreadsheet would take such a name for a formula, and run it.
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

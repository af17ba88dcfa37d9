// The report on usage as aligned tables with bars, as wide as the terminal.
import type { SumsQuery } from "../ledger/books.ts";
import { periodLabel } from "../ledger/calendar.ts";
import {
  inputTokens,
  outputTokens,
  type Spending,
  type UsageReport,
  type UsageRow,
} from "../ledger/usage-report.ts";
import type { Terminal } from "./terminal.ts";
import { costText, countText, harmless } from "./usage-words.ts";

type Style = Pick<Terminal, "bold" | "columns" | "dim">;

interface Column {
  heading: string;
  isNumber: boolean;
  of(row: UsageRow): string;
}

/** Where the terminal's width is not known. */
const WIDTH = 100;
const MAX_ROWS = 50;
const MAX_NAME = 40;
/** The longest that a day has, or the word for the sum. */
const MIN_NAME = 10;

/** The lines of the report: what was metered, what pages reported, and what is not known. */
export const usageTables = (report: UsageReport, question: SumsQuery, style: Style): string[] => {
  const { rows, total } = report;
  const range = `from ${momentText(question.since, question)} to ${momentText(question.until, question)}`;
  if (rows.length === 0) return [`The books have nothing ${range}.`];
  const shown = question.period ? rows : rows.slice(0, MAX_ROWS);
  const hidden = rows.length - shown.length;
  return [
    style.bold(`Usage ${range} (${question.timeZone})`),
    "",
    ...table(
      [...namesOf(question), ...meteredColumns(total)],
      shown,
      rows.length > 1 ? total : undefined,
      style,
    ),
    ...(hidden > 0 ? [style.dim(`and ${hidden} more; --csv has them all`)] : []),
    ...reportedTable(rows, total, question, style),
    ...notes(report).flatMap((note) => ["", note]),
  ];
};

const momentText = (at: number, { timeZone }: SumsQuery): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(at);

const namesOf = ({ by, period, timeZone }: SumsQuery): Column[] => {
  const time: Column[] = period
    ? [{ heading: period, isNumber: false, of: (row) => periodLabel(row.periodAt ?? 0, period, timeZone) }]
    : [];
  return [
    ...time,
    ...by.map((each) => ({ heading: each, isNumber: false, of: (row: UsageRow) => row.group[each] || "-" })),
  ];
};

const number = (heading: string, of: (row: UsageRow) => string): Column => ({ heading, isNumber: true, of });

const spendingColumns = (spending: (row: UsageRow) => Spending): Column[] => [
  number("tokens in", (row) => countText(inputTokens(spending(row)))),
  number("tokens out", (row) => countText(outputTokens(spending(row)))),
  number("cost", (row) => costText(spending(row))),
];

// A column of zeros would take room from names where no session is supervised.
const meteredColumns = ({ sessions }: UsageRow): Column[] => [
  number("minted", ({ minted }) => countText(minted)),
  number("tool calls", ({ toolCalls }) => countText(toolCalls)),
  number("relayed", ({ relayed }) => countText(relayed)),
  ...(sessions > 0 ? [number("sessions", (row) => countText(row.sessions))] : []),
  ...spendingColumns(({ metered }) => metered),
];

const reportedTable = (
  rows: readonly UsageRow[],
  total: UsageRow,
  question: SumsQuery,
  style: Style,
): string[] => {
  const told = rows.filter(({ reports }) => reports > 0);
  if (told.length === 0) return [];
  const columns = [
    ...namesOf(question),
    number("reports", ({ reports }) => countText(reports)),
    ...spendingColumns(({ reported }) => reported),
  ];
  return [
    "",
    style.bold(
      "Reported by pages of their voice sessions; it cannot be checked here, and is no part of the above",
    ),
    "",
    ...table(
      columns,
      told.slice(0, MAX_ROWS),
      told.length > 1 ? total : undefined,
      style,
      ({ reported }) => reported,
    ),
  ];
};

const table = (
  columns: readonly Column[],
  rows: readonly UsageRow[],
  total: UsageRow | undefined,
  style: Style,
  spending: (row: UsageRow) => Spending = ({ metered }) => metered,
): string[] => {
  const whole = rows.map((row) => columns.map((column) => harmless(column.of(row))));
  const sums =
    total &&
    columns.map((column, index) => (column.isNumber ? column.of(total) : index === 0 ? "total" : ""));
  const headings = columns.map(({ heading }) => heading.replace("_", " ").toUpperCase());
  const all = [headings, ...whole, ...(sums ? [sums] : [])];
  const fullWidths = columns.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  const nameWidth = nameWidthIn(columns, fullWidths, style);
  const widths = fullWidths.map((width, index) =>
    columns[index]?.isNumber ? width : Math.min(width, nameWidth),
  );
  const cells = whole.map((row) => row.map((cell, index) => cut(cell, widths[index] ?? 0)));
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, index) =>
        columns[index]?.isNumber ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
      )
      .join("  ");
  const left = (style.columns ?? WIDTH) - lineOf(headings).length - 2;
  const bars = barsOf(rows, spending, Math.min(left, 30));
  return [
    style.bold(lineOf(headings)),
    ...cells.map((row, index) => `${lineOf(row)}  ${style.dim(bars[index] ?? "")}`.trimEnd()),
    ...(sums ? [style.bold(lineOf(sums))] : []),
  ];
};

const nameWidthIn = (columns: readonly Column[], widths: readonly number[], style: Style): number => {
  const names = columns.filter(({ isNumber }) => !isNumber).length;
  const figures = widths
    .filter((_, index) => columns[index]?.isNumber)
    .reduce((sum, width) => sum + width + 2, 0);
  const left = (style.columns ?? WIDTH) - figures - 2 * (names - 1);
  return Math.max(MIN_NAME, Math.min(MAX_NAME, Math.floor(left / names)));
};

// Names are cut to what the terminal leaves to them beside the figures.
const cut = (name: string, width: number): string =>
  name.length > width ? `${name.slice(0, width - 1)}…` : name;

const MIN_BAR = 6;
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** By cost, or by requests where none has a cost. */
const barsOf = (
  rows: readonly UsageRow[],
  spending: (row: UsageRow) => Spending,
  width: number,
): string[] => {
  if (rows.length < 2 || width < MIN_BAR) return [];
  const costs = rows.map((row) => spending(row).costNanoUsd ?? 0);
  const hasCosts = costs.some((cost) => cost > 0);
  const values = hasCosts
    ? costs
    : rows.map((row) => row.minted + row.toolCalls + row.relayed + row.sessions + row.reports);
  const most = Math.max(...values, 1);
  return values.map((value) => {
    const parts = Math.round((value / most) * width * 8);
    return "█".repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? "");
  });
};

const notes = ({ total, unpricedModels }: UsageReport): string[] => {
  const unpriced = total.metered.unpriced + total.reported.unpriced;
  const requests = unpriced === 1 ? "1 request has" : `${countText(unpriced)} requests have`;
  const models = unpricedModels.map((model) => harmless(model || "none")).join(", ");
  return [
    ...(total.minted > 0 && total.reports === 0 && total.sessions === 0
      ? [
          "What voice sessions used of the minted keys goes from pages to OpenAI directly, and no page has reported it.",
        ]
      : []),
    ...(unpriced > 0
      ? [
          `Costs are too low: ${requests} no known price. Models: ${models}. \`prices\` in broker.yaml sets them.`,
        ]
      : []),
  ];
};

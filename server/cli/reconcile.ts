// `broker usage reconcile`: the books beside OpenAI's own count, by day and model.
import { parseArgs } from "node:util";
import type { Books } from "../ledger/books.ts";
import type { Organization } from "../upstream/organization.ts";
import { columns } from "./columns.ts";
import { likelyReasons } from "./gap-reasons.ts";
import { type ComparedLine, type Figures, type Reconciliation, reconcile } from "./reconciliation.ts";
import { CommandError, type Terminal } from "./terminal.ts";

export interface ReconcileCommand {
  /** Where its first day begins, in UTC: milliseconds since 1970. */
  since: number;
  /** Where the day after its last one begins. */
  until: number;
  /** OpenAI's ids; all projects where there are none. */
  projects: readonly string[];
  json: boolean;
}

interface Ports {
  books: Pick<Books, "sums">;
  organization: Organization;
  /** The projects of upstream keys, by the key's name. */
  projects: ReadonlyMap<string, string>;
  terminal: Terminal;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

/** Reads the words after `usage reconcile`. Throws a `CommandError`. `now` is in milliseconds since 1970. */
export const readReconcile = (words: readonly string[], now: number): ReconcileCommand => {
  const { since, until, project, json } = parse(words);
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const first = dayOf("--since", since, today);
  const end = until === undefined ? today + DAY_MS : dayOf("--until", until, today);
  if (first >= end) throw misused("--since: must be a day before --until");
  if (end - first > MOST_DAYS * DAY_MS)
    throw misused(`--since: at most ${MOST_DAYS} days are compared at once`);
  return { since: first, until: end, projects: project, json };
};

const parse = (words: readonly string[]) => {
  try {
    const options = {
      since: { type: "string", default: "7d" },
      until: { type: "string" },
      project: { type: "string", multiple: true, default: [] as string[] },
      json: { type: "boolean", default: false },
    } as const;
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

/** `7d` is the day seven days ago; a date is that day. */
const dayOf = (option: string, text: string, today: number): number => {
  const [, days] = /^(\d{1,4})d$/.exec(text) ?? [];
  if (days !== undefined) return today - Number(days) * DAY_MS;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw misused(`${option}: must be a day such as 2026-11-01, or 7d for seven days ago`);
  return at;
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);

/** Prints the comparison. Resolves to the exit code: 1 where the two differ. Rejects where either side cannot be asked. */
export const reconcileUsage = async (
  { since, until, projects: asked, json }: ReconcileCommand,
  { books, organization, projects, terminal }: Ports,
): Promise<0 | 1> => {
  const days = { since, until, projects: asked };
  const [sums, usage, costs] = await Promise.all([
    books.sums({
      // The hour that holds it is the last.
      ...{ since, until: until - 1, by: ["model", "kind", "upstream_key"] },
      ...{ period: "day", timeZone: "UTC", where: {} },
    }),
    organization.usage(days),
    organization.costs(days),
  ]);
  const compared = reconcile({ sums, usage, costs, projects });
  const range = { since: dayText(since), until: dayText(until - DAY_MS) };
  const reasons = likelyReasons(compared);
  terminal.print(
    json ? JSON.stringify({ ...range, ...compared, reasons }) : report(compared, reasons, range).join("\n"),
  );
  return compared.lines.every(({ isEqual }) => isEqual) ? 0 : 1;
};

const dayText = (at: number): string => new Date(at).toISOString().slice(0, 10);

const heading = ["DAY", "MODEL", "", "REQUESTS", "TOKENS IN", "TOKENS OUT", "SECONDS", "US DOLLARS"];
const numbers = new Set(heading.slice(3));

const report = (
  compared: Reconciliation,
  reasons: readonly string[],
  { since, until }: { since: string; until: string },
): string[] => {
  const { lines, total } = compared;
  const gaps = lines.filter(({ isEqual }) => !isEqual);
  const title = `The books and OpenAI, ${since === until ? since : `${since} to ${until}`}, days in UTC`;
  if (lines.length === 0) return [title, "", "Neither has anything in this time."];
  const sums = [...rowsOf("TOTAL", "", total)];
  const rows = gaps.flatMap((line) => rowsOf(line.day, line.model, line));
  const equal = lines.length - gaps.length;
  const agreed = equal === 1 ? "One day of a model agrees" : `${equal} days of models agree`;
  return [
    title,
    "",
    ...columns([heading, ...rows, ...sums], numbers),
    "",
    gaps.length === 0 ? "They agree, day by day and model by model." : `${agreed}, ${gaps.length} differ.`,
    ...(reasons.length > 0 ? ["", "Why they may differ:", ...reasons.map((reason) => `- ${reason}`)] : []),
    ...keyLines(compared),
  ];
};

const rowsOf = (
  day: string,
  model: string,
  { books, openAi }: Pick<ComparedLine, "books" | "openAi">,
): string[][] => [
  [day, model, "books", ...cellsOf(books)],
  ["", "", "OpenAI", ...cellsOf(openAi)],
];

const cellsOf = ({ requests, inputTokens, outputTokens, seconds, usd }: Figures): string[] => [
  written(requests),
  inputTokens === undefined ? "-" : written(inputTokens),
  outputTokens === undefined ? "-" : written(outputTokens),
  seconds ? written(Math.round(seconds)) : "",
  usd === undefined ? "-" : usdText(usd),
];

const written = (count: number): string => new Intl.NumberFormat("en-US").format(count);
const usdText = (usd: number): string => usd.toFixed(usd !== 0 && Math.abs(usd) < 1 ? 6 : 2);

const keyLines = ({ keys, upstreamKeys }: Reconciliation): string[] => {
  if (keys.length === 0) return [];
  const rows = [
    ["KEY", "PROJECT", "REQUESTS", "US DOLLARS"],
    ...upstreamKeys.map(({ name, project, requests, usd }) => [
      `${name} (books)`,
      project ?? "",
      written(requests),
      usdText(usd ?? 0),
    ]),
    ...keys.map(({ keyId, project, requests, usd }) => [
      ...[`${keyId || "without a key"} (OpenAI)`, project, written(requests), usdText(usd ?? 0)],
    ]),
  ];
  return ["", ...columns(rows, new Set(["REQUESTS", "US DOLLARS"]))];
};

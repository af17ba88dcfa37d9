// What doctor found, as text for a terminal: a line for what is well, three for what is not.
import type { Finding, Level } from "../doctor/finding.ts";
import type { Examined } from "../doctor/run.ts";
import type { Terminal } from "./terminal.ts";
import { harmless } from "./usage-words.ts";

/** Wider lines are hard to read. */
const MAX_COLUMNS = 100;
const COLUMNS = 80;
const TITLE_COLUMNS = 16;
const INDENT = 4;

const marks: Record<Level, string> = { ok: "✓", note: "·", warning: "!", fault: "✗" };
const colours = { ok: "green", note: "dim", warning: "yellow", fault: "red" } as const;

type Painter = Pick<Terminal, "bold" | "columns" | "paint">;

/** Lines under a heading for each group, in the order of the checks. */
export const doctorText = (examined: readonly Examined[], terminal: Painter): string => {
  const groups = [...new Set(examined.map(({ group }) => group))];
  return groups
    .map((group) => {
      const lines = examined
        .filter((each) => each.group === group)
        .flatMap((each) => linesOf(each, terminal));
      return [terminal.bold(group), ...lines].join("\n");
    })
    .join("\n\n");
};

/** `2 faults and 1 warning. …` */
export const verdictText = (examined: readonly Examined[], { bold, paint }: Painter): string => {
  const findings = examined.flatMap((each) => each.findings);
  const count = (level: Level) => findings.filter((each) => each.level === level).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  const skipped = examined.filter(({ skippedFor }) => skippedFor !== undefined).length;
  const counted = [
    faults > 0 ? paint(plural(faults, "fault"), "red") : "no fault",
    ...(warnings > 0 ? [paint(plural(warnings, "warning"), "yellow")] : []),
    ...(skipped > 0 ? [`${plural(skipped, "check")} skipped`] : []),
  ].join(", ");
  return bold(`${plural(examined.length, "check")}: ${counted}.`);
};

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const linesOf = ({ title, subject, findings, skippedFor }: Examined, terminal: Painter): string[] => {
  if (skippedFor !== undefined) {
    const text = [subject, `skipped, as ${skippedFor} has a fault`].filter(Boolean).join(": ");
    return [terminal.paint(`  - ${title.padEnd(TITLE_COLUMNS)}${harmless(text)}`, "dim")];
  }
  return findings.flatMap((finding) => findingLines(title, finding, terminal));
};

const findingLines = (checkTitle: string, finding: Finding, terminal: Painter): string[] => {
  const { level, subject, title, cause, fix } = finding;
  const width = Math.min(terminal.columns ?? COLUMNS, MAX_COLUMNS);
  const said = [subject, title].filter(Boolean).join(": ");
  const [first = "", ...rest] = wrap(harmless(said), width - INDENT - TITLE_COLUMNS);
  const mark = terminal.paint(marks[level], colours[level]);
  const head = `  ${mark} ${checkTitle.padEnd(TITLE_COLUMNS)}${first}`;
  const indent = " ".repeat(INDENT + TITLE_COLUMNS);
  const more = rest.map((line) => `${indent}${line}`);
  if (level === "ok") return [head, ...more];
  return [
    head,
    ...more,
    ...explained("why", cause, width, terminal),
    ...explained("fix", fix, width, terminal),
  ];
};

const explained = (word: string, text: string | undefined, width: number, { paint }: Painter): string[] => {
  if (!text) return [];
  const lines = wrap(harmless(text), width - INDENT - word.length - 2);
  const indent = " ".repeat(INDENT + word.length + 2);
  return lines.map((line, index) =>
    index === 0 ? `${" ".repeat(INDENT)}${paint(word, "dim")}  ${line}` : `${indent}${line}`,
  );
};

/** At spaces; a longer word stays whole, so that an address can be copied. */
const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

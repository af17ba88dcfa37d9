// What doctor found, as text for a terminal: a line for what is well, three for what is not.
import { type Finding, type Level, nameOf } from "../doctor/finding.ts";
import type { Examined } from "../doctor/run.ts";
import type { Terminal } from "./terminal.ts";
import { harmless } from "./usage-words.ts";

/** Wider lines are hard to read. */
const MAX_COLUMNS = 100;
const COLUMNS = 80;
const TITLE_COLUMNS = 13;
const INDENT = 4;

const marks: Record<Level, string> = { ok: "✓", note: "·", warning: "!", fault: "✗" };
const colours = { ok: "green", note: "dim", warning: "yellow", fault: "red" } as const;

type Painter = Pick<Terminal, "bold" | "columns" | "paint">;

/** Lines under a heading for each group, in the order of the checks. */
export const doctorText = (examined: readonly Examined[], terminal: Painter): string => {
  const groups = [...new Set(examined.map(({ group }) => group))];
  return groups
    .map((group) => {
      const all = examined.filter((each) => each.group === group);
      const lines = all.flatMap(({ title, findings }) =>
        findings.flatMap((finding) => findingLines(title, finding, terminal)),
      );
      return [terminal.bold(group), ...lines, ...skippedLines(all, examined, terminal)].join("\n");
    })
    .join("\n\n");
};

/** A text as lines of the terminal's width. */
export const wrapped = (text: string, { columns }: Pick<Terminal, "columns">): string =>
  wrap(text, widthOf(columns)).join("\n");

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

const widthOf = (columns = COLUMNS): number => Math.max(40, Math.min(columns, MAX_COLUMNS));

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

// In one line for each cause: a fault near the beginning leaves out most of what follows.
const skippedLines = (
  all: readonly Examined[],
  examined: readonly Examined[],
  terminal: Painter,
): readonly string[] => {
  const causes = new Set(all.flatMap(({ skippedFor }) => skippedFor ?? []));
  return [...causes].flatMap((cause) => {
    const titles = new Set(all.filter(({ skippedFor }) => skippedFor === cause).map(({ title }) => title));
    const at = examined.find((each) => nameOf(each) === cause);
    const where = at ? [at.title, at.subject].filter(Boolean).join(" of ") : cause;
    const text = `not looked at before that is right (${where}): ${[...titles].join(", ")}`;
    const lines = wrap(harmless(text), widthOf(terminal.columns) - INDENT);
    return lines.map((line, index) => terminal.paint(`  ${index === 0 ? "-" : " "} ${line}`, "dim"));
  });
};

const findingLines = (checkTitle: string, finding: Finding, terminal: Painter): string[] => {
  const { level, subject, title, cause, fix } = finding;
  const width = widthOf(terminal.columns);
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

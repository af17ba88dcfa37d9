// The conversation as a list: what was said, which tools ran, what went wrong, in the order it began.
import type { ToolCallReport, TranscriptLine } from "../../client/index.ts";
import type { Problem } from "./problem.ts";

export type Entry =
  | { kind: "line"; key: string; line: TranscriptLine }
  | { kind: "tool"; key: string; call: ToolCallReport }
  | { kind: "note"; key: string; problem: Problem }
  | { kind: "session"; key: string; startedAt: number };

// A page that is left talking for a day should not grow for ever.
const MOST_ENTRIES = 400;

const put = (entries: Entry[], entry: Entry): Entry[] => {
  const at = entries.findLastIndex(({ key }) => key === entry.key);
  return at === -1 ? [...entries, entry].slice(-MOST_ENTRIES) : entries.with(at, entry);
};

/** A line grows in its place. */
export const addLine = (entries: Entry[], line: TranscriptLine): Entry[] =>
  put(entries, { kind: "line", key: `line ${line.id}`, line });

/** A call is shown when it begins, and completed in its place. */
export const addToolCall = (entries: Entry[], call: ToolCallReport): Entry[] =>
  put(entries, { kind: "tool", key: `tool ${call.id}`, call });

/** A problem that the session survived. */
export const addNote = (entries: Entry[], problem: Problem): Entry[] =>
  put(entries, { kind: "note", key: `note ${entries.length} ${problem.detail}`, problem });

/** A mark where a new session begins; the first needs none, nor does one in which nothing happened. */
export const beginSession = (entries: Entry[], startedAt: number): Entry[] => {
  const kept = entries.at(-1)?.kind === "session" ? entries.slice(0, -1) : entries;
  return kept.length === 0 ? kept : put(kept, { kind: "session", key: `session ${startedAt}`, startedAt });
};

/** Nothing more will come: open lines are final, running calls got no answer in time. */
export const endSession = (entries: Entry[]): Entry[] =>
  entries.map((entry) => {
    if (entry.kind === "line" && !entry.line.final) return { ...entry, line: { ...entry.line, final: true } };
    if (entry.kind === "tool" && entry.call.status === "running") {
      const answer = { error: "The session ended before the tool answered." };
      return { ...entry, call: { ...entry.call, status: "failed", answer } };
    }
    return entry;
  });

// The conversation as a list: lines, tool calls and problems, by the time they began.
import type { ToolCallReport, TranscriptLine } from "../../client/index.ts";
import type { Problem } from "./problem.ts";

export type Entry =
  | { kind: "line"; key: string; line: TranscriptLine }
  /** The user's words, which are not written down. `profile`: which one does so, told with the first of them. */
  | { kind: "unwritten"; key: string; profile: string | undefined }
  | { kind: "tool"; key: string; call: ToolCallReport }
  | { kind: "note"; key: string; problem: Problem }
  | { kind: "session"; key: string; startedAt: number };

// Bounds the memory of a page that stays open for days.
const MAX_ENTRIES = 400;

const upsert = (entries: Entry[], entry: Entry): Entry[] => {
  const at = entries.findLastIndex(({ key }) => key === entry.key);
  return at === -1 ? [...entries, entry].slice(-MAX_ENTRIES) : entries.with(at, entry);
};

/** Adds a line, or updates it in its place. */
export const addLine = (entries: Entry[], line: TranscriptLine): Entry[] =>
  upsert(entries, { kind: "line", key: `line ${line.id}`, line });

/** Adds a place for words that are not written down. */
export const addUnwritten = (entries: Entry[], id: string, profile: string): Entry[] => {
  const isTold = entries.some((entry) => entry.kind === "unwritten" && entry.profile === profile);
  return upsert(entries, { kind: "unwritten", key: `line ${id}`, profile: isTold ? undefined : profile });
};

/** Adds a call when it begins, and completes it in its place. */
export const addToolCall = (entries: Entry[], call: ToolCallReport): Entry[] =>
  upsert(entries, { kind: "tool", key: `tool ${call.id}`, call });

/** Adds a problem that did not end the session. */
export const addNote = (entries: Entry[], problem: Problem): Entry[] =>
  upsert(entries, { kind: "note", key: `note ${entries.length} ${problem.title}`, problem });

/** Adds a separator before a new session: none to an empty list, and in place of one at the end. */
export const beginSession = (entries: Entry[], startedAt: number): Entry[] => {
  const kept = entries.at(-1)?.kind === "session" ? entries.slice(0, -1) : entries;
  return kept.length === 0 ? kept : upsert(kept, { kind: "session", key: `session ${startedAt}`, startedAt });
};

/** Closes the entries of an ended session: open lines become final, running calls have failed. */
export const endSession = (entries: Entry[]): Entry[] =>
  entries.map((entry) => {
    if (entry.kind === "line" && !entry.line.final) return { ...entry, line: { ...entry.line, final: true } };
    if (entry.kind === "tool" && entry.call.status === "running") {
      const answer = { error: "The session ended before the tool answered." };
      return { ...entry, call: { ...entry.call, status: "failed", answer } };
    }
    return entry;
  });

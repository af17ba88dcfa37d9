// The journal: what is recorded goes to a segment a few times a second, in batches, and from there to the database.
import type { Timers } from "../clock.ts";
import { HOUR_MS } from "./calendar.ts";
import { type Entry, lineOf, type RefusalCount } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import type { OpenSegment, Segment, Segments } from "./segments.ts";

/** What is recorded is in a file after this time, and the time to write it. */
const BATCH_MS = 200;
const RETRY_MS = 1000;
const PART_LINES = 200;
/** Characters of such a part, unless one line has more. */
const PART_LENGTH = 1024 * 1024;
/** A segment is closed at this size. Its file goes when the database has all of it. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** Different refusals that are counted in memory between two batches. */
const MAX_COUNTS = 1000;

export interface JournalPorts {
  segments: Pick<Segments, "create">;
  timers: Pick<Timers, "after">;
  /** Most bytes in memory, while no file can be written. */
  bufferBytes: number;
  /** Most bytes that wait for the database, in memory and in files. */
  journalBytes: number;
  /** More can be read of a segment. */
  onWritten(segment: Segment): void;
  onDropped(reason: "buffer-full" | "journal-full", records: number): void;
  onFailure(error: unknown): void;
}

export interface Journal extends Ledger {
  /** The database has this much more. */
  taken(bytes: number): void;
  /** In memory, and in files of this process. */
  waitingBytes(): number;
  /** Writes what is in memory; the segment is then whole. Rejects where that fails. */
  close(): Promise<void>;
}

export const createJournal = (ports: JournalPorts): Journal => {
  const { timers, bufferBytes, journalBytes } = ports;
  const counts = new Map<string, RefusalCount>();
  const output = createOutput(ports);
  let lines: string[] = [];
  let buffered = 0;
  /** In files, and not yet in the database. */
  let filed = 0;
  let cancel: (() => void) | undefined;
  let writing: Promise<void> | undefined;
  let isClosed = false;

  const push = (line: string): void => {
    lines.push(line);
    buffered += line.length;
    cancel ??= timers.after(BATCH_MS, writeSoon);
  };
  const add = (entry: Entry): void => {
    const line = lineOf(entry);
    if (buffered + line.length > bufferBytes) {
      ports.onDropped("buffer-full", 1);
    } else if (buffered + filed + line.length > journalBytes) {
      ports.onDropped("journal-full", 1);
    } else {
      push(line);
    }
  };
  const addCounts = (): void => {
    for (const refusals of counts.values()) add({ refusals });
    counts.clear();
  };
  // In parts: on a disk with little room some go on to the database, which makes room for others.
  const writeOnce = async (): Promise<void> => {
    addCounts();
    if (lines.length > 0) await output.begin();
    for (let left = lines.length; left > 0; ) {
      const part = firstPart(lines, Math.min(left, PART_LINES));
      left -= part.length;
      const batch = part.join("");
      const bytes = Buffer.from(batch);
      await output.write(bytes);
      lines = lines.slice(part.length);
      buffered -= batch.length;
      filed += bytes.length;
    }
  };
  // One batch after the other: what is added meanwhile is the next.
  const write = (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    const next = (writing ?? Promise.resolve()).catch(() => {}).then(writeOnce);
    writing = next;
    next.catch(() => {
      if (!isClosed) cancel ??= timers.after(RETRY_MS, writeSoon);
    });
    return next;
  };
  const writeSoon = (): void => {
    cancel = undefined;
    write().catch(ports.onFailure);
  };
  return {
    record: (record) => add({ record }),
    keepContent: (content) => {
      const line = lineOf({ content });
      const [waiting, room] = [buffered + line.length, buffered + filed + line.length];
      const hasRoom = waiting <= bufferBytes / 2 && room <= journalBytes / 2;
      if (hasRoom) push(line);
      return hasRoom;
    },
    countRefusal: ({ at, problem, caller = "", team = "", kind }) => {
      const hour = at - (at % HOUR_MS);
      const key = JSON.stringify([hour, problem, caller, team, kind]);
      const count = counts.get(key) ?? { at: hour, problem, caller, team, kind, requests: 0 };
      count.requests += 1;
      if (count.requests === 1 && counts.size === MAX_COUNTS) addCounts();
      counts.set(key, count);
      cancel ??= timers.after(BATCH_MS, writeSoon);
    },
    flush: write,
    taken: (bytes) => {
      filed = Math.max(0, filed - bytes);
    },
    waitingBytes: () => buffered + filed,
    close: async () => {
      isClosed = true;
      try {
        await write();
      } catch (error) {
        ports.onDropped("buffer-full", lines.length);
        throw error;
      } finally {
        await output.close();
      }
    },
  };
};

const firstPart = (lines: readonly string[], max: number): string[] => {
  let length = 0;
  const end = lines.findIndex((line, index) => {
    length += line.length;
    return index === max || (index > 0 && length > PART_LENGTH);
  });
  return lines.slice(0, end === -1 ? max : end);
};

/** Appends to one segment after the other. */
const createOutput = ({ segments, onWritten, onFailure }: JournalPorts) => {
  let segment: OpenSegment | undefined;
  let position = 0;
  const close = async (): Promise<void> => {
    if (!segment) return;
    const closing = segment;
    segment = undefined;
    onWritten({ name: closing.name, bytes: position, isWhole: true });
    position = 0;
    // It is written, and only a loss of power could still lose it: the same must not be written again.
    await closing.close().catch(onFailure);
  };
  return {
    /** Goes on in another segment where this one was removed. */
    begin: async (): Promise<void> => {
      if (await segment?.isGone()) await close();
    },
    /** All of it, or it rejects; then the same bytes, and more, come again to the same place. */
    write: async (bytes: Buffer): Promise<void> => {
      segment ??= await segments.create();
      await segment.write(bytes, position);
      position += bytes.length;
      if (position >= SEGMENT_BYTES) await close();
      else onWritten({ name: segment.name, bytes: position, isWhole: false });
    },
    close,
  };
};

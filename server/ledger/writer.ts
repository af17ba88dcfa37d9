// Moves what stands in the journal's segments to the database, in their order, and tries again for as long as that fails.
import type { Timers } from "../clock.ts";
import { type Entry, entryOf } from "./entry.ts";
import type { Segment, SegmentReader } from "./segments.ts";
import type { LedgerStore } from "./store.ts";

/** What one transaction takes. */
const MAX_LINES = 4000;
const PART_BYTES = 2 * 1024 * 1024;

/** Records of that time go to the database together: their sums are then written once. */
const GATHER_MS = 2000;

/** Milliseconds between attempts while the database does not answer: they double. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;

/** What became of a part of a segment. */
export interface Written {
  segment: string;
  bytes: number;
  /** Records that the database had not had. */
  records: number;
  /** Lines that were damaged. */
  unreadable: number;
  /** Entries that the database does not take. */
  refused: number;
}

export interface WriterPorts {
  segments: SegmentReader;
  store: LedgerStore;
  timers: Pick<Timers, "after">;
  onWritten(written: Written): void;
  /** All of the segment is in the database, and its file is gone. */
  onDone(segment: string): void;
  onFailure(error: unknown): void;
}

export interface Writer {
  /** There is a new segment, or more of a known one. */
  add(segment: Segment): void;
  /** Resolves when everything is in the database, or an attempt has failed. */
  settled(): Promise<void>;
  /** Writes nothing more, once what is under way has ended. */
  stop(): Promise<void>;
}

interface Progress extends Segment {
  /** How much is in the database; undefined until that is known. */
  written: number | undefined;
  /** After a refusal, one line at a time until that line has been found. */
  lines: number;
}

interface Part {
  to: number;
  entries: Entry[];
  unreadable: number;
}

export const createWriter = ({
  segments,
  store,
  timers,
  onWritten,
  onDone,
  onFailure,
}: WriterPorts): Writer => {
  const known = new Map<string, Progress>();
  let running: Promise<void> | undefined;
  let retryMs = FIRST_RETRY_MS;
  let cancelStart: (() => void) | undefined;
  let isStopped = false;

  const writePart = async (progress: Progress, from: number): Promise<void> => {
    const { name: segment, bytes } = progress;
    const chunk = await segments.read(segment, from, Math.min(bytes - from, PART_BYTES));
    const { to, entries, unreadable } = partOf(Buffer.from(chunk), from, progress);
    let refused = 0;
    const write = (some: readonly Entry[]) => store.write({ segment, from, to, entries: some });
    const records = await write(entries).catch((error: unknown) => {
      if (!store.isRefusal(error)) throw error;
      if (progress.lines > 1) {
        progress.lines = 1;
        return undefined;
      }
      refused = entries.length;
      onFailure(error);
      return write([]);
    });
    if (records === undefined) {
      progress.written = undefined;
      return;
    }
    progress.written = to;
    progress.lines = Math.min(progress.lines * 2, MAX_LINES);
    onWritten({ segment, bytes: to - from, records, unreadable, refused });
  };

  const advance = async (progress: Progress): Promise<void> => {
    progress.written ??= await store.writtenOf(progress.name);
    if (progress.written < progress.bytes) return writePart(progress, progress.written);
    if (!progress.isWhole) return;
    await segments.remove(progress.name);
    await store.forget(progress.name);
    known.delete(progress.name);
    onDone(progress.name);
  };

  const next = (): Progress | undefined =>
    [...known.values()].find(
      ({ written, bytes, isWhole }) => written === undefined || written < bytes || isWhole,
    );

  const run = async (): Promise<void> => {
    try {
      for (let progress = next(); progress && !isStopped; progress = next()) {
        await advance(progress);
        retryMs = FIRST_RETRY_MS;
      }
    } catch (error) {
      onFailure(error);
      if (!isStopped) cancelStart = timers.after(retryMs, start);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  };
  const start = (): void => {
    cancelStart = undefined;
    running ??= run().finally(() => {
      running = undefined;
      if (!cancelStart && !isStopped && next()) start();
    });
  };
  return {
    add: (segment) => {
      const progress = known.get(segment.name);
      if (progress) Object.assign(progress, segment);
      else known.set(segment.name, { ...segment, written: undefined, lines: MAX_LINES });
      if (!isStopped && !running) cancelStart ??= timers.after(GATHER_MS, start);
    },
    settled: async () => {
      cancelStart?.();
      cancelStart = undefined;
      do {
        start();
        await running;
      } while (!cancelStart && !isStopped && next());
    },
    stop: async () => {
      isStopped = true;
      cancelStart?.();
      await running;
    },
  };
};

/** Whole lines of a chunk. What has no end at the end of a segment was cut off by the end of its process. */
const partOf = (chunk: Buffer, from: number, { bytes, lines }: Progress): Part => {
  const entries: Entry[] = [];
  let unreadable = 0;
  let begin = 0;
  for (let count = 0; count < lines; count += 1) {
    const end = chunk.indexOf(NEWLINE, begin);
    if (end === -1) break;
    const entry = entryOf(chunk.toString("utf8", begin, end));
    if (entry) entries.push(entry);
    else unreadable += 1;
    begin = end + 1;
  }
  if (begin > 0) return { to: from + begin, entries, unreadable };
  // No line is as long as a part: this is damaged, and so is a segment that is shorter than it was.
  const to = chunk.length < PART_BYTES ? bytes : from + chunk.length;
  return { to, entries, unreadable: 1 };
};

const NEWLINE = 0x0a;

// A journal's segments as files: a folder for each process below one for the database, locked as long as the process lives.
import { existsSync } from "node:fs";
import { access, constants, mkdir, open, readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { OpenSegment, Segment, SegmentReader, Segments } from "./segments.ts";

/** Undefined where another process, or another journal of this one, holds the folder. Released when the process ends, however it ends. */
export type LockFolder = (folder: string) => { release(): void } | undefined;

interface SegmentPorts {
  /** Below it is a folder for each journal. */
  folder: string;
  lock: LockFolder;
  newName(): string;
}

const MAX_TRIES = 4;
const segmentFile = /^\d{6,}\.jsonl$/;

/** Rejects where it cannot be made, or not be written. */
export const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
};

export const fileSegmentReader = (folder: string): SegmentReader => ({
  read: async (name, from, max) => {
    const opened = await open(join(folder, name), "r").catch(ignoreMissing);
    if ("length" in opened) return Buffer.alloc(0);
    await using file = opened;
    const buffer = Buffer.allocUnsafe(max);
    let length = 0;
    while (length < max) {
      const { bytesRead } = await file.read(buffer, length, max - length, from + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  },
  remove: (name) => rm(join(folder, name), { force: true }),
});

/** Creates nothing before the first segment. */
export const fileSegments = ({ folder, lock, newName }: SegmentPorts): Segments => {
  const held = new Map<string, { release(): void }>();
  let own: string | undefined;
  let created = 0;
  const take = (journal: string): boolean => {
    const lockOf = lock(join(folder, journal));
    if (lockOf) held.set(journal, lockOf);
    return lockOf !== undefined;
  };
  const begin = async (): Promise<string> => {
    // Between its creation and its lock another process may take the folder for a leftover, and remove it.
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const journal = newName();
      await mkdir(join(folder, journal), { recursive: true, mode: 0o700 });
      if (take(journal)) return journal;
    }
    throw new Error(`no folder in ${folder} can be locked`);
  };
  const removeEmpty = async (journal: string): Promise<void> => {
    if ((await segmentsIn(folder, journal)).length > 0) return;
    await rm(join(folder, journal), { recursive: true, force: true });
  };
  return {
    ...fileSegmentReader(folder),
    create: async () => {
      if (own !== undefined && !existsSync(join(folder, own))) {
        held.get(own)?.release();
        held.delete(own);
        own = undefined;
      }
      own ??= await begin();
      const name = `${own}/${String(created + 1).padStart(6, "0")}.jsonl`;
      const opened = await openSegment(folder, name);
      created += 1;
      return opened;
    },
    takeUpLeftovers: async () => {
      const found: Segment[] = [];
      for (const journal of await foldersIn(folder)) {
        if (held.has(journal) || !take(journal)) continue;
        found.push(...(await segmentsIn(folder, journal)));
      }
      return found;
    },
    close: async () => {
      for (const [journal, { release }] of held) {
        await removeEmpty(journal).catch(() => {});
        release();
      }
      held.clear();
      own = undefined;
      await rmdir(folder).catch(() => {});
    },
  };
};

const openSegment = async (folder: string, name: string): Promise<OpenSegment> => {
  const file = await open(join(folder, name), "wx", 0o600);
  return {
    name,
    write: async (bytes, position) => {
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
      }
    },
    isGone: async () => (await file.stat()).nlink === 0,
    close: async () => {
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
};

const foldersIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
};

const segmentsIn = async (folder: string, journal: string): Promise<Segment[]> => {
  const files = await readdir(join(folder, journal)).catch(ignoreMissing);
  const names = files.filter((file) => segmentFile.test(file)).sort();
  return Promise.all(
    names.map(async (file) => {
      const name = `${journal}/${file}`;
      return { name, bytes: (await stat(join(folder, name))).size, isWhole: true };
    }),
  );
};

const ignoreMissing = (error: NodeJS.ErrnoException): [] => {
  if (error.code === "ENOENT") return [];
  throw error;
};

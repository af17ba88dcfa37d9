// What is known of a folder on disk, and whether its disk has room.
import type { About } from "./about.ts";
import type { Finding } from "./finding.ts";

export interface DiskFacts {
  /** Of the folder, or of the nearest one above it that exists. */
  freeBytes: number;
  totalBytes: number;
  isOnNetwork: boolean;
  /** Whether a file can be made there; of a folder that is not there yet, whether it could be made. */
  isWritable: boolean;
}

export const MIB = 1024 * 1024;

/** Room for a day or so of books, and for SQLite's own needs. */
const LITTLE_BYTES = 1024 * MIB;
const NONE_BYTES = 64 * MIB;

/** `disk.full` or `disk.little` under the id of the check; none where there is room. */
export const findLittleRoom = (
  on: About,
  id: string,
  { freeBytes }: DiskFacts,
  wanted = LITTLE_BYTES,
): Finding[] => {
  const figures = { freeBytes };
  const fix = "Free or add disk space; USAGE_RETENTION_DAYS says how long single records are kept.";
  const left = sizeOf(freeBytes);
  if (freeBytes < NONE_BYTES) {
    const cause = "Writes fail when it is full: users cannot be changed, and the books wait in memory.";
    return [on.fault(`${id}.disk-full`, `its disk is full: ${left} left`, cause, fix, figures)];
  }
  if (freeBytes >= wanted) return [];
  const cause = `Less than ${sizeOf(wanted)}, which it may need.`;
  return [on.warning(`${id}.disk`, `its disk has only ${left} left`, cause, fix, figures)];
};

export const sizeOf = (bytes: number): string => {
  const [gib, mib] = [bytes / 1024 / MIB, bytes / MIB];
  if (gib >= 1) return `${gib >= 10 ? Math.round(gib) : gib.toFixed(1)} GiB`;
  return mib >= 1 ? `${Math.round(mib)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
};

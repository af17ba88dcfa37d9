// Looks at a file's mode, and whether it is in memory.
import { stat, statfs } from "node:fs/promises";
import type { FileFacts } from "./files.ts";

/** tmpfs and ramfs. */
const MEMORY = new Set([0x01021994, 0x858458f6]);

/** Of a link, what it leads to. Windows has no modes. */
export const lookAtFile = async (path: string): Promise<FileFacts | undefined> => {
  if (process.platform === "win32") return undefined;
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const { type } = await statfs(path);
  return { mode: found.mode & 0o777, isFolder: found.isDirectory(), isInMemory: MEMORY.has(type) };
};

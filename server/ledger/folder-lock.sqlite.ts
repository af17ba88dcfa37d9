// A lock on a folder that ends with its process: SQLite's, which locks a file by the operating system, on every system the same way.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { LockFolder } from "./segments.fs.ts";

const SQLITE_BUSY = 5;

export const lockFolder: LockFolder = (folder) => {
  const file = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
  try {
    file.exec("begin exclusive");
    return { release: () => file.close() };
  } catch (error) {
    file.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
};

const isBusy = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;

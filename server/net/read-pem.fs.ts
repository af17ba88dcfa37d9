// Reads certificates and keys from disk.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Rejects with an error that names the file and says why it cannot be read. */
export const readPem = (file: string): Promise<string> => readFile(file, "utf8").catch(explain(file));

/** The same at once, for the start. */
export const readPemNow = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return explain(file)(error as NodeJS.ErrnoException);
  }
};

const explain =
  (file: string) =>
  (cause: NodeJS.ErrnoException): never => {
    throw new Error(`${file} ${reasons[cause.code ?? ""] ?? `cannot be read: ${cause.code}`}`, { cause });
  };

const reasons: Record<string, string> = {
  ENOENT: "is not there",
  EACCES: "may not be read by this user",
  EISDIR: "is a folder",
};

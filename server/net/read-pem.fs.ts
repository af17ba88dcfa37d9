// Reads certificates and keys from disk.
import { constants, readFileSync } from "node:fs";
import { open } from "node:fs/promises";

/** Much more than a chain of certificates, and little to be read again and again. */
const MAX_BYTES = 1024 * 1024;

/** Rejects with an error that names the file and says why it cannot be read. */
export const readPem = (file: string): Promise<string> => readBounded(file).catch(explain(file));

const readBounded = async (file: string): Promise<string> => {
  // Without it, opening a pipe would wait for its writer.
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await handle.stat();
  if (stats.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  if (!stats.isFile()) throw Object.assign(new Error(), { code: "NOT_A_FILE" });
  if (stats.size > MAX_BYTES) throw Object.assign(new Error(), { code: "TOO_LARGE" });
  return await handle.readFile("utf8");
};

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
  NOT_A_FILE: "is no file, but a pipe, a socket or a device",
  TOO_LARGE: `is larger than ${MAX_BYTES} bytes`,
};

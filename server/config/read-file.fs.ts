// Reads broker.yaml and .env from disk.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ReadFile } from "./load.ts";

/** Parsing keeps all requests waiting: a larger file is another one, put there by mistake. */
const MAX_BYTES = 4 * 1024 * 1024;

export const readIfPresent: ReadFile = (path) => {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const text = fstatSync(file).size > MAX_BYTES ? undefined : readFileSync(file, "utf8");
    if (text !== undefined) return text;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // A folder called .env is Python's.
    if (code === "ENOENT" || (code === "EISDIR" && basename(path) === ".env")) return undefined;
    throw new Error(`${path} cannot be read: ${code === "EISDIR" ? "it is a folder" : String(code)}`, {
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
  throw new Error(`${path} cannot be read: it is larger than ${MAX_BYTES} bytes`);
};

/** The same, and standard input as the file `-`, which is read once. */
export const readWithInput = (): ReadFile => {
  let input: string | undefined;
  return (path) => {
    if (path !== "-") return readIfPresent(path);
    input ??= readFileSync(0, "utf8");
    return input;
  };
};

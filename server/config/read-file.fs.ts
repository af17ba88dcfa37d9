// Reads broker.yaml and .env from disk.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ReadFile } from "./load.ts";

export const readIfPresent: ReadFile = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // A folder called .env is Python's.
    if (code === "ENOENT" || (code === "EISDIR" && basename(path) === ".env")) return undefined;
    throw new Error(`${path} cannot be read: ${code === "EISDIR" ? "it is a folder" : String(code)}`, {
      cause: error,
    });
  }
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

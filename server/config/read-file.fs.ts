// Reads broker.yaml from disk.
import { readFileSync } from "node:fs";
import type { ReadFile } from "./load.ts";

export const readIfPresent: ReadFile = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Error(`BROKER_CONFIG: ${path} cannot be read`, { cause: error });
  }
};

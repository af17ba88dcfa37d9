// Digests of a configuration: they tell whether and where it changed, and nothing of what it says. Pure.
import { hash } from "node:crypto";
import type { Settings } from "./settings.ts";

export interface ConfigDigests {
  /** SHA-256 of broker.yaml's text, as `sha256sum` prints it; undefined where there is no file. */
  file: string | undefined;
  /** By the headings of broker.yaml. References to the environment stand unresolved in what is digested; settings are those in force. */
  parts: Readonly<Record<string, string>>;
}

export const digestsOf = (
  file: string | undefined,
  document: Readonly<Record<string, unknown>>,
  settings: Settings,
): ConfigDigests => {
  // Secrets mask themselves.
  const parts = { ...document, settings };
  return {
    file,
    parts: Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [name, hash("sha256", JSON.stringify(part) ?? "", "hex")]),
    ),
  };
};

// The problems of a configuration, as sentences that name the setting to change.
import type { z } from "zod";
import { type Fault, faultsOf } from "../json/input-errors.ts";
import { suggestNames } from "../names.ts";
import { explainUnknownField } from "../profiles/removed-fields.ts";
import { settingNames } from "./settings.ts";

/** Thrown at the start, with all problems at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    super(`the configuration has ${count}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** What a schema says, as sentences that begin with the path in broker.yaml. Nothing is said of `unresolved` places. */
export const describeIssues = (
  issues: readonly z.core.$ZodIssue[],
  unresolved: ReadonlySet<string> = new Set(),
): string[] =>
  faultsOf(issues).flatMap((fault) => {
    const at = dotted(fault.path);
    return unresolved.has(at) ? [] : [`${at || "the configuration"}: ${explain(fault)}`];
  });

const explain = (fault: Fault): string => {
  if (fault.kind === "wrong") return fault.detail;
  const { path, name, known } = fault;
  if (path[0] === "profiles" && path[2] === "session") return explainUnknownField(name, known);
  const settings: readonly string[] = settingNames;
  if (path.length === 1 && settings.includes(name)) return "must stand under `settings`";
  return `there is no such setting${suggestNames(name, known)}`;
};

/** A path as it is written about: `callers.tokens[0].token`. */
export const dotted = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");

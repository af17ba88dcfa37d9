// The problems of a configuration, as sentences that name the setting to change.
import type { z } from "zod";
import { explainUnknownField } from "../profiles/removed-fields.ts";

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

/** Turns zod's issues into sentences that begin with the path in broker.yaml. */
export const describeIssues = (
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[] = [],
): string[] => issues.flatMap((issue) => describe(issue, [...prefix, ...issue.path]));

const describe = (issue: z.core.$ZodIssue, path: readonly PropertyKey[]): string[] => {
  if (issue.code === "unrecognized_keys") {
    const inSession = path[0] === "profiles" && path[2] === "session";
    return issue.keys.map((key) => {
      const at = dotted([...path, key]);
      return inSession ? `${at}: ${explainUnknownField(key)}` : `${at}: there is no such setting`;
    });
  }
  if (issue.code === "invalid_key") return describeIssues(issue.issues, path);
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // The branch that matched furthest has the most useful message; the longest text stands for it.
    const branches = issue.errors.map((errors) => describeIssues(errors, path));
    const deepest = branches.toSorted((a, b) => b.join("").length - a.join("").length)[0];
    if (issue.message === "Invalid input" && deepest) return deepest;
  }
  return [`${dotted(path)}: ${issue.message}`];
};

const dotted = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");

// What a zod schema says of an input, as errors that point at its parts.
import type { z } from "zod";
import { type InputError, MAX_ERRORS } from "../failures/failure.ts";
import { nearestName } from "../names.ts";
import { isOtherForm, SEE_BRANCHES } from "./parse-input.ts";
import { jsonPointer } from "./pointer.ts";

/** One wrong part of an input. */
export type Fault =
  | { kind: "wrong"; path: readonly PropertyKey[]; detail: string }
  /** The path ends in the name. `known` are the names that there are in its place. */
  | { kind: "unknown-name"; path: readonly PropertyKey[]; name: string; known: readonly string[] };

/**
 * One fault for each wrong part of an input that `parseInput` judged: an unknown name is pointed at itself, not the object that
 * holds it, and of a union the branch that was probably meant is heard.
 */
export const faultsOf = (issues: readonly z.core.$ZodIssue[], path: readonly PropertyKey[] = []): Fault[] =>
  issues.flatMap((issue): Fault[] => {
    const place = [...path, ...issue.path];
    switch (issue.code) {
      case "unrecognized_keys": {
        const known = issue.message === "" ? [] : issue.message.split("\n");
        return issue.keys.map((name) => ({ kind: "unknown-name", path: [...place, name], name, known }));
      }
      case "invalid_key":
      case "invalid_element":
        return faultsOf(issue.issues, place);
      case "invalid_union":
        if (issue.message === SEE_BRANCHES) return faultsOf(probableBranch(issue.errors), place);
    }
    return [{ kind: "wrong", path: place, detail: issue.message }];
  });

// A branch with another constant in it, such as another `type`, was not meant; then the one with the fewest faults.
const probableBranch = (branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] => {
  const [best] = branches
    .filter((branch) => !isOtherForm(branch))
    .toSorted((a, b) => otherConstants(a) - otherConstants(b) || a.length - b.length);
  return best ?? [];
};

const otherConstants = (branch: readonly z.core.$ZodIssue[]): number =>
  branch.filter(({ code }) => code === "invalid_value").length;

export interface InputPlace {
  /** What is said of a name that the schema does not know. */
  unknownName: string;
  /** Where the judged value stands in the input. */
  path?: readonly PropertyKey[];
}

/** The faults as the errors of an answer: the first of them, as a hostile body can have any number. */
export const inputErrorsOf = (
  { issues }: z.core.$ZodError,
  { unknownName, path = [] }: InputPlace,
): InputError[] =>
  faultsOf(issues, path)
    .slice(0, MAX_ERRORS)
    .map((fault) => ({
      pointer: jsonPointer(fault.path),
      detail: fault.kind === "wrong" ? fault.detail : unknownName + meantBy(fault.name, fault.known),
    }));

const meantBy = (name: string, known: readonly string[]): string => {
  const near = nearestName(name, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
};

// What a zod schema says of an input, as errors that point at its parts.
import type { z } from "zod";
import type { InputError } from "../failures/failure.ts";
import { jsonPointer } from "./pointer.ts";

export interface InputPlace {
  /** What is said of a name that the schema does not know. */
  unknownName: string;
  /** Where the judged value stands in the input. */
  path?: readonly PropertyKey[];
}

/** One error for each issue; for an unknown name, one that points at the name itself and not at the object that holds it. */
export const inputErrorsOf = (
  { issues }: z.core.$ZodError,
  { unknownName, path = [] }: InputPlace,
): InputError[] =>
  issues.flatMap((issue) => {
    const place = [...path, ...issue.path];
    return issue.code === "unrecognized_keys"
      ? issue.keys.map((name) => ({ pointer: jsonPointer([...place, name]), detail: unknownName }))
      : [{ pointer: jsonPointer(place), detail: issue.message }];
  });

// Who may see all of the books, and who only what is their own.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import { step } from "../operation.ts";

export interface OperatorServices {
  /** Whether `operators.allow` admits the caller. */
  isOperator(caller: Caller): boolean;
}

/** Throws `operators-only`. */
export const requireOperator = step(
  ["operators-only"],
  ({ caller }: { caller: Caller }, { isOperator }: OperatorServices) => {
    if (!isOperator(caller)) throw new Failure("operators-only");
  },
);

/** Adds whose books the caller may see: everyone's for operators, else what is booked under the caller's own id. */
export const resolveBooks = step(
  ["usage-shared"],
  ({ caller }: { caller: Caller }, { isOperator }: OperatorServices): { ownOnly: string | undefined } => {
    if (isOperator(caller)) return { ownOnly: undefined };
    // All guests are booked as one.
    if (caller.kind === "guest") throw new Failure("usage-shared");
    return { ownOnly: caller.id };
  },
);

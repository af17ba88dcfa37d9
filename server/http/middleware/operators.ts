// Who may see all of the books, and who only what is their own.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";

export interface OperatorServices {
  /** Whether `operators.allow` admits the caller. */
  isOperator(caller: Caller): boolean;
}

/**
 * Throws `operators-only`. A session of the application in which the service is mounted is a cookie, which browsers add to requests
 * of other sites too: by itself it makes no operator.
 */
export const requireOperator = step(
  ["operators-only"],
  (facts: RequestFacts & { caller: Caller }, { isOperator }: OperatorServices) => {
    const { caller } = facts;
    const isBySession = caller.kind === "host" && facts.header("authorization") === undefined;
    if (isBySession || !isOperator(caller)) throw new Failure("operators-only");
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

// The step that lets operators alone go on.
import type { Caller } from "../../auth/caller.ts";
import { isOperator, type Operators } from "../../auth/operators.ts";
import { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";

export interface OperatorServices {
  operators: Operators;
}

/**
 * Throws `operators-only`. A session of the application in which the service is mounted is a cookie, which browsers add to
 * requests of other sites too: by itself it makes no operator.
 */
export const requireOperator = step(
  ["operators-only"],
  (facts: RequestFacts & { caller: Caller }, { operators }: OperatorServices) => {
    const { caller } = facts;
    const isByCookie = caller.kind === "host" && facts.header("authorization") === undefined;
    if (isByCookie || !isOperator(operators, caller)) throw new Failure("operators-only");
  },
);

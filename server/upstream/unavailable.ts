// The failure to throw when no upstream key has done the work: why, in words that help the caller, and when to come back. Pure.
import { Failure } from "../failures/failure.ts";
import { isKeyFault, type Outcome } from "./outcome.ts";
import type { PoolAvailability } from "./pool.ts";
import type { RoutingFacts } from "./routing.ts";
import { UpstreamError, upstreamErrorOf } from "./upstream-error.ts";

/** Only the operator can help. */
const OPERATOR_WAIT_MS = 60_000;
const SHORT_WAIT_MS = 1000;
const MAX_MODEL_LENGTH = 64;

/** No key could be tried. */
export const unavailable = (
  availability: PoolAvailability,
  { model = "" }: Pick<RoutingFacts, "model">,
): Failure => {
  switch (availability.kind) {
    case "no-key-has-model": {
      const detail = `No configured key has the model ${model.slice(0, MAX_MODEL_LENGTH)}.`;
      return new Failure("upstream-unavailable", detail, { headers: retryAfter(OPERATOR_WAIT_MS) });
    }
    case "limited":
      return new Failure("upstream-limited", undefined, { headers: retryAfter(availability.waitMs) });
    case "away": {
      const outcome: Outcome = { kind: "failed", how: "connection" };
      const cause = new UpstreamError("OpenAI could not be reached", {}, outcome);
      const headers = retryAfter(availability.waitMs);
      return new Failure("upstream-unavailable", undefined, { cause, headers });
    }
    case "refused":
      return new Failure("upstream-unavailable", undefined, { headers: retryAfter(availability.waitMs) });
    case "usable":
      return new Failure("upstream-unavailable", undefined, { headers: retryAfter(SHORT_WAIT_MS) });
  }
};

/**
 * Each key that was tried failed. A failure may pass, and so may a limit; a missing permission is told only where nothing else
 * stands in the way.
 */
export const allKeysFailed = (failures: readonly Failure[], availability: PoolAvailability): Failure => {
  const last = failures.at(-1) as Failure;
  const { cause } = last;
  const otherFault = failures.findLast((failure) => !isKeyFault(outcomeOf(failure)));
  if (otherFault) return otherFault;
  const outcomes = failures.map(outcomeOf);
  const waits = outcomes.flatMap((outcome) => (outcome?.kind === "limited" ? [outcome.waitMs] : []));
  if (availability.kind === "limited") waits.push(availability.waitMs);
  if (waits.length > 0) {
    return new Failure("upstream-limited", undefined, { cause, headers: retryAfter(Math.min(...waits)) });
  }
  const scopeMissing = failures.findLast((failure) => outcomeOf(failure)?.kind === "scope-missing");
  if (!scopeMissing) return last;
  return availability.kind === "away" || availability.kind === "refused"
    ? new Failure("upstream-unavailable", undefined, {
        cause: scopeMissing.cause,
        headers: retryAfter(availability.waitMs),
      })
    : new Failure("upstream-scope-missing", undefined, { cause: scopeMissing.cause });
};

const outcomeOf = (failure: Failure): Outcome | undefined => upstreamErrorOf(failure)?.outcome;

const retryAfter = (waitMs: number): Record<string, string> => ({
  "retry-after": String(Math.max(1, Math.ceil(waitMs / 1000))),
});

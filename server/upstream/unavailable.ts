// What a caller is told when no key has done it: why, in words that help them, and when to come back. Pure.
import { Failure } from "../failures/failure.ts";
import type { Job } from "./job.ts";
import { isKeysOwn, type Outcome } from "./outcome.ts";
import type { Outlook } from "./pool.ts";
import { UpstreamError } from "./upstream.ts";

/** Where only the operator can help. */
const LONG_WAIT_MS = 60_000;
const SHORT_WAIT_MS = 1000;
const LONGEST_TOLD = 64;

/** When no key could be asked. */
export const unavailable = (outlook: Outlook, { model = "" }: Pick<Job, "model">): Failure => {
  switch (outlook.kind) {
    case "no key has the model": {
      const detail = `No configured key has the model ${model.slice(0, LONGEST_TOLD)}.`;
      return new Failure("upstream-unavailable", detail, { headers: retryAfter(LONG_WAIT_MS) });
    }
    case "limited":
      return new Failure("upstream-limited", undefined, { headers: retryAfter(outlook.waitMs) });
    case "away": {
      const cause = new UpstreamError(
        "OpenAI could not be reached",
        {},
        { kind: "failed", how: "connection" },
      );
      return new Failure("upstream-unavailable", undefined, { cause, headers: retryAfter(outlook.waitMs) });
    }
    case "refused":
      return new Failure("upstream-unavailable", undefined, { headers: retryAfter(outlook.waitMs) });
    case "usable":
      return new Failure("upstream-unavailable", undefined, { headers: retryAfter(SHORT_WAIT_MS) });
  }
};

/**
 * When each key that was asked said no. A failure may pass, and so may a limit; that all keys lack a permission is told only
 * where nothing else stands in the way.
 */
export const refusedFor = (failures: readonly Failure[], outlook: Outlook): Failure => {
  const last = failures.at(-1) as Failure;
  const outcomes = failures.map(outcomeOf);
  const lasting = failures.findLast((failure) => !isKeysOwn(outcomeOf(failure)));
  if (lasting) return lasting;
  const waits = outcomes.flatMap((outcome) => (outcome?.kind === "limited" ? [outcome.waitMs] : []));
  if (waits.length > 0 || outlook.kind === "limited") {
    if (outlook.kind === "limited") waits.push(outlook.waitMs);
    return new Failure("upstream-limited", undefined, {
      cause: last.cause,
      headers: retryAfter(Math.min(...waits)),
    });
  }
  const lacking = failures.findLast((failure) => outcomeOf(failure)?.kind === "scope-missing");
  if (!lacking) return last;
  return outlook.kind === "away" || outlook.kind === "refused"
    ? new Failure("upstream-unavailable", undefined, {
        cause: lacking.cause,
        headers: retryAfter(outlook.waitMs),
      })
    : new Failure("upstream-scope-missing", undefined, { cause: lacking.cause });
};

const outcomeOf = ({ cause }: Failure): Outcome | undefined =>
  cause instanceof UpstreamError ? cause.outcome : undefined;

const retryAfter = (waitMs: number): Record<string, string> => ({
  "retry-after": String(Math.max(1, Math.ceil(waitMs / 1000))),
});

// Tells subscribers what came of a request.
import { rejectionReason } from "../auth/rejection.ts";
import type { Clock } from "../clock.ts";
import type { Failure } from "../failures/failure.ts";
import type { Job, Subscriber } from "../observe/event.ts";
import { redact } from "../observe/redact.ts";
import type { RequestFacts } from "./facts.ts";

export interface ReportServices {
  clock: Pick<Clock, "monotonic">;
  emit: Subscriber;
}

/** Emits the job's event. The request's log line tells the same. */
export const report = (facts: RequestFacts, { clock, emit }: ReportServices, job: Job): void => {
  const { requestId, caller } = facts;
  const seconds = secondsSince(facts.jobStartedAtMs, clock) ?? 0;
  facts.done = { ...job, requestId, caller, seconds };
  emit(facts.done);
};

/** Emits the refusal of the request, or of the one call in it. The request's log line tells the same. */
export const reportRefusal = (
  facts: RequestFacts,
  { clock, emit }: ReportServices,
  failure: Failure,
): void => {
  const { requestId, caller } = facts;
  facts.refusal = {
    kind: "refused",
    requestId,
    caller,
    subject: facts.done ? undefined : facts.subject,
    seconds: secondsSince(facts.jobStartedAtMs, clock),
    code: failure.code,
    status: failure.status,
    limits: failure.violatedPolicies,
    pointers: failure.errors?.map(({ pointer }) => redact(pointer)),
    reason: rejectionReason(failure),
    cause: failure.cause,
  };
  emit(facts.refusal);
};

export const secondsSince = (
  startedAtMs: number | undefined,
  clock: Pick<Clock, "monotonic">,
): number | undefined => (startedAtMs === undefined ? undefined : (clock.monotonic() - startedAtMs) / 1000);

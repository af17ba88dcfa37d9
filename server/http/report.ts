// Tells subscribers what came of a request.
import type { Clock } from "../clock.ts";
import type { Job, Subscriber } from "../observe/event.ts";
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

export const secondsSince = (
  startedAtMs: number | undefined,
  clock: Pick<Clock, "monotonic">,
): number | undefined => (startedAtMs === undefined ? undefined : (clock.monotonic() - startedAtMs) / 1000);

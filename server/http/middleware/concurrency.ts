// Limits how many requests and sockets one caller may have under way at the same time, in this replica.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import type { Concurrency } from "../../limits/concurrency.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { showLimit } from "./rate-limits.ts";

type Needs = RequestFacts & { caller: Caller };

export const limitInFlight = step(
  ["limit-exceeded"],
  (facts: Needs, { inFlight }: { inFlight: Concurrency }) => enter(facts, inFlight),
);

export const limitSockets = step(["limit-exceeded"], (facts: Needs, { sockets }: { sockets: Concurrency }) =>
  enter(facts, sockets),
);

// The place is given back when the request has ended, which for a relayed answer or a socket is its own end.
const enter = (facts: Needs, concurrency: Concurrency): void => {
  const { caller } = facts;
  const { limit } = concurrency;
  const { allowed, quota, remaining } = concurrency.enter(caller);
  if (quota !== Number.POSITIVE_INFINITY) {
    showLimit(facts, `"${limit}";r=${remaining}`, `"${limit}";q=${quota};qu="concurrent-requests"`);
  }
  if (!allowed) {
    const detail = `Used up: ${limit}. You have ${quota} under way; try again when one has ended.`;
    throw new Failure("limit-exceeded", detail, {
      headers: { "retry-after": "1" },
      violatedPolicies: [limit],
    });
  }
  facts.onEnd(() => concurrency.leave(caller));
};

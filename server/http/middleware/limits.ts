// Counts requests against their limits, and says which limit is used up and when to come back.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import type { Concurrency } from "../../limits/concurrency.ts";
import type { LimitCheck, Limiter, LimitState, Verdict } from "../../limits/limiter.ts";
import type { LimitChecks } from "../../limits/limits.ts";
import type { TimeBudget } from "../../limits/time-budget.ts";
import { addressKey } from "../../net/address.ts";
import type { RequestFacts } from "../facts.ts";
import { type Step, step } from "../operation.ts";

export interface LimitServices {
  limiter: Limiter;
  limitChecks: LimitChecks;
  /** For all that one request waits for shared state. */
  newTimeBudget(): TimeBudget;
}

type ChecksOf<Needs> = (facts: Needs, limitChecks: LimitChecks) => LimitCheck[];

/** A step that counts, and throws `limit-exceeded`. */
export const countedBy = <Needs extends RequestFacts>(
  checksOf: ChecksOf<Needs>,
): Step<Needs, void, LimitServices> =>
  step(["limit-exceeded"], (facts, services) =>
    count(facts, services, checksOf(facts, services.limitChecks)),
  );

const requestChecks = (facts: RequestFacts, limitChecks: LimitChecks): LimitCheck[] =>
  limitChecks.request(addressKey(facts.address));

export const countRequest = countedBy(requestChecks);

/** Only shows the state of the limits: for probes, which no limit may make fail. */
export const showLimits = step([], async (facts: RequestFacts, services: LimitServices) => {
  const checks = requestChecks(facts, services.limitChecks);
  showStates(facts, await services.limiter.look(checks, timeBudgetOf(facts, services)), isExposed);
});

/** A larger body is not taken in for nothing. */
const LARGE_BODY_BYTES = 1024 * 1024;

/**
 * A step that refuses, before a large body is read, what would be refused when it is counted. Counts nothing. For small bodies
 * counting is the one look at the limits.
 */
export const checkUsedUp = <Needs extends RequestFacts>(
  checksOf: ChecksOf<Needs>,
): Step<Needs, void, LimitServices> =>
  step(["limit-exceeded"], async (facts, services) => {
    const length = Number(facts.header("content-length") ?? 0);
    if (length < LARGE_BODY_BYTES && facts.header("transfer-encoding") === undefined) return;
    const checks = checksOf(facts, services.limitChecks);
    const states = await services.limiter.look(checks, timeBudgetOf(facts, services));
    const violated = states.filter(({ remaining }) => remaining === 0);
    if (violated.length === 0) return;
    const retryAfterSeconds = Math.max(...violated.map(({ resetSeconds }) => resetSeconds));
    showStates(facts, violated);
    // The rest of the body stands in the connection, before the next request.
    throw usedUp(violated, retryAfterSeconds, { connection: "close" });
  });

/** Counts. Throws `limit-exceeded`. */
export const count = (
  facts: RequestFacts,
  services: LimitServices,
  checks: LimitCheck[],
): void | Promise<void> => {
  const verdict = services.limiter.take(checks, timeBudgetOf(facts, services));
  // In memory it is there at once; a promise would cost more than the counting.
  if (verdict instanceof Promise) return verdict.then((later) => obey(facts, later));
  obey(facts, verdict);
};

const obey = (facts: RequestFacts, verdict: Verdict): void => {
  const { allowed, states } = verdict;
  const violated = allowed ? [] : verdict.violated;
  showStates(facts, states, (state) => state.exposed || violated.includes(state));
  if (!allowed) throw usedUp(violated, verdict.retryAfterSeconds);
};

export const usedUp = (
  violated: readonly LimitState[],
  retryAfterSeconds: number,
  fields: Record<string, string> = {},
): Failure => {
  const names = violated.map(({ window }) => window);
  const detail = `Used up: ${names.join(", ")}. Try again in ${retryAfterSeconds} s.`;
  const headers = { "retry-after": String(retryAfterSeconds), ...fields };
  return new Failure("limit-exceeded", detail, { headers, violatedPolicies: names });
};

/** What is left of the time that the request may wait for shared state. */
export const timeBudgetOf = (
  facts: RequestFacts,
  { newTimeBudget }: Pick<LimitServices, "newTimeBudget">,
): TimeBudget => {
  facts.timeBudget ??= newTimeBudget();
  return facts.timeBudget;
};

const isExposed = ({ exposed }: LimitState): boolean => exposed;

/** Adds them to the answer's fields. */
export const showStates = (
  facts: RequestFacts,
  states: readonly LimitState[],
  isShown: (state: LimitState) => boolean = () => true,
): void => {
  for (const state of states) {
    if (!isShown(state)) continue;
    const { window, quota, windowSeconds, remaining, resetSeconds } = state;
    showLimit(
      facts,
      ['"', window, '";r=', remaining, ";t=", resetSeconds],
      ['"', window, '";q=', quota, ";w=", windowSeconds],
    );
  }
};

type Pieces = readonly (string | number)[];

/**
 * Adds to RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), which are lists of limits with parameters.
 * The pieces are joined: V8 holds a text that `+` or a template has put together as its pieces, 700 bytes for each request that
 * waits for OpenAI.
 */
export const showLimit = ({ outgoing: { fields } }: RequestFacts, state: Pieces, policy: Pieces): void => {
  fields.ratelimit = listWith(fields.ratelimit, state);
  fields["ratelimit-policy"] = listWith(fields["ratelimit-policy"], policy);
};

const listWith = (list: string | undefined, pieces: Pieces): string =>
  (list === undefined ? pieces : [list, ", ", ...pieces]).join("");

type Needs = RequestFacts & { caller: Caller };

export const limitInFlight = step(
  ["limit-exceeded"],
  (facts: Needs, { inFlight }: { inFlight: Concurrency }) => enter(facts, inFlight),
);

export const limitSockets = step(["limit-exceeded"], (facts: Needs, { sockets }: { sockets: Concurrency }) =>
  enter(facts, sockets),
);

export const limitReports = step(["limit-exceeded"], (facts: Needs, { reports }: { reports: Concurrency }) =>
  enter(facts, reports),
);

// The place is given back when the request has ended, which for a relayed answer or a socket is its own end.
const enter = (facts: Needs, concurrency: Concurrency): void => {
  const { caller } = facts;
  const { limit } = concurrency;
  const { allowed, quota, remaining } = concurrency.enter(caller);
  if (quota !== Number.POSITIVE_INFINITY) {
    showLimit(
      facts,
      ['"', limit, '";r=', remaining],
      ['"', limit, '";q=', quota, ';qu="concurrent-requests"'],
    );
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

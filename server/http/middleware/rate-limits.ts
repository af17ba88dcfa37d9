// The door that counts: it lets a request pass, or says which limit is used up and when to come back.
import { Failure } from "../../failures/failure.ts";
import type { Attempts } from "../../limits/attempts.ts";
import type { Concurrency } from "../../limits/concurrency.ts";
import type { LimitChecks } from "../../limits/limit-checks.ts";
import type { LimitCheck, Limiter, LimitState } from "../../limits/limiter.ts";
import type { TimeBudget } from "../../limits/time-budget.ts";
import { addressKey } from "../../net/address.ts";
import type { Metrics } from "../../observe/metrics.ts";
import { type BrokerContext, header, type Middleware } from "../context.ts";

export interface LimitServices {
  limiter: Limiter;
  /** A new request's patience with shared state. */
  newTimeBudget(): TimeBudget;
  metrics: Pick<Metrics, "limitReached">;
}

/** Counts what the request limitChecks. Throws `limit-exceeded`. */
export const limit = (
  services: LimitServices,
  limitChecksOf: (c: BrokerContext) => LimitCheck[],
): Middleware =>
  async function limit(c, next) {
    await take(services, c, limitChecksOf(c));
    return next();
  };

/**
 * Lets a caller have so many requests or sockets under way at the same time, in this replica. Throws `limit-exceeded`. The
 * place is given back when what is behind this middleware has ended, which for a relayed answer or a socket is its own end.
 */
export const limitConcurrency = (
  { metrics }: Pick<LimitServices, "metrics">,
  concurrency: Concurrency,
): Middleware =>
  async function limitConcurrency(c, next) {
    const caller = c.get("caller");
    const { limit } = concurrency;
    const { allowed, quota, remaining } = concurrency.enter(caller);
    if (quota !== Number.POSITIVE_INFINITY) {
      append(c, `"${limit}";r=${remaining}`, `"${limit}";q=${quota};qu="concurrent-requests"`);
    }
    if (!allowed) {
      metrics.limitReached(limit);
      const detail = `Used up: ${limit}. You have ${quota} under way; try again when one has ended.`;
      throw new Failure("limit-exceeded", detail, {
        headers: { "retry-after": "1" },
        violatedPolicies: [limit],
      });
    }
    try {
      await next();
    } finally {
      concurrency.leave(caller);
    }
  };

/** From here on, a body is not taken in for nothing. */
const LARGE_BODY_BYTES = 1024 * 1024;

/**
 * Refuses what would be refused when it is counted, before a large body is read. Counts nothing. Throws `limit-exceeded`. For
 * small bodies the one look at the limits is enough that counts.
 */
export const refuseUsedUp = (
  services: LimitServices,
  limitChecksOf: (c: BrokerContext) => LimitCheck[],
): Middleware =>
  async function refuseUsedUp(c, next) {
    const length = Number(header(c, "content-length") ?? 0);
    if (length < LARGE_BODY_BYTES && header(c, "transfer-encoding") === undefined) return next();
    const states = await services.limiter.look(limitChecksOf(c), timeBudgetOf(services, c));
    const violated = states.filter(({ remaining }) => remaining === 0);
    if (violated.length === 0) return next();
    tell(c, violated, () => true);
    // What is left of the body stands on this connection, in the way of the next request.
    throw refusal(services, violated, Math.max(...violated.map(({ resetSeconds }) => resetSeconds)), {
      connection: "close",
    });
  };

/** Only tells where the limits stand: for probes, which a limit must not make fail. */
export const tellLimits = (
  { limiter, newTimeBudget }: LimitServices,
  limitChecksOf: (c: BrokerContext) => LimitCheck[],
): Middleware =>
  async function tellLimits(c, next) {
    tell(c, await limiter.look(limitChecksOf(c), newTimeBudget()), isTold);
    await next();
  };

/** Counts limitChecks in the middle of a middleware. Throws `limit-exceeded`. */
const take = async (services: LimitServices, c: BrokerContext, limitChecks: LimitCheck[]): Promise<void> => {
  const verdict = await services.limiter.take(limitChecks, timeBudgetOf(services, c));
  if (verdict.allowed) return tell(c, verdict.states, isTold);
  tell(c, verdict.states, (state) => state.told || verdict.violated.includes(state));
  throw refusal(services, verdict.violated, verdict.retryAfterSeconds);
};

const timeBudgetOf = ({ newTimeBudget }: LimitServices, c: BrokerContext): TimeBudget => {
  const timeBudget = c.get("timeBudget") ?? newTimeBudget();
  c.set("timeBudget", timeBudget);
  return timeBudget;
};

export interface AttemptServices extends LimitServices {
  attempts: Attempts;
  limitChecks: Pick<LimitChecks, "attempt">;
}

/** How attempts to show credentials are limited, by the address that they come from. */
export interface AttemptLimits {
  /** Counts one that failed at once. Throws `limit-exceeded`. */
  count(c: BrokerContext): Promise<void>;
  /** Lets one be examined, and answers how to say that it ended. Throws `limit-exceeded`. */
  begin(c: BrokerContext): Promise<(failed: boolean) => Promise<void>>;
}

export const limitAttempts = (services: AttemptServices): AttemptLimits => {
  const { attempts, limitChecks, newTimeBudget } = services;
  return {
    count: (c) => take(services, c, limitChecks.attempt(addressKey(c.get("address")))),
    begin: async (c) => {
      const address = addressKey(c.get("address"));
      const attempt = await attempts.begin(address, limitChecks.attempt(address), newTimeBudget);
      if (attempt.allowed) return attempt.end;
      tell(c, attempt.violated, () => true);
      throw refusal(services, attempt.violated, attempt.retryAfterSeconds);
    },
  };
};

const refusal = (
  { metrics }: Pick<LimitServices, "metrics">,
  violated: readonly LimitState[],
  retryAfterSeconds: number,
  more: Record<string, string> = {},
): Failure => {
  for (const { window } of violated) metrics.limitReached(window);
  const names = violated.map(({ window }) => window);
  const detail = `Used up: ${names.join(", ")}. Try again in ${retryAfterSeconds} s.`;
  const headers = { "retry-after": String(retryAfterSeconds), ...more };
  return new Failure("limit-exceeded", detail, { headers, violatedPolicies: names });
};

const isTold = ({ told }: LimitState): boolean => told;

const tell = (
  c: BrokerContext,
  states: readonly LimitState[],
  isFor: (state: LimitState) => boolean,
): void => {
  let state = "";
  let policy = "";
  for (const each of states) {
    if (!isFor(each)) continue;
    const { window, quota, windowSeconds, remaining, resetSeconds } = each;
    const comma = state === "" ? "" : ", ";
    state += `${comma}"${window}";r=${remaining};t=${resetSeconds}`;
    policy += `${comma}"${window}";q=${quota};w=${windowSeconds}`;
  }
  if (state !== "") append(c, state, policy);
};

// RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers): lists of limits with their parameters.
const append = (c: BrokerContext, state: string, policy: string): void => {
  const before = c.get("rateLimit");
  const told = before
    ? { state: `${before.state}, ${state}`, policy: `${before.policy}, ${policy}` }
    : { state, policy };
  c.set("rateLimit", told);
  Object.assign(c.env.outgoing.fields, { ratelimit: told.state, "ratelimit-policy": told.policy });
};

// The door that counts: it lets a request pass, or says which limit is used up and when to come back.
import { Failure } from "../failure.ts";
import type { Concurrency } from "../limits/concurrency.ts";
import type { Claim, Limiter, Standing } from "../limits/limiter.ts";
import type { Patience } from "../limits/patience.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { BrokerContext, Door } from "./context.ts";

export interface LimitServices {
  limiter: Limiter;
  /** A new request's patience with shared state. */
  newPatience(): Patience;
  metrics: Pick<Metrics, "limitReached">;
}

/** Counts what the request claims. Throws `limit-exceeded`. */
export const limit = (services: LimitServices, claimsOf: (c: BrokerContext) => Claim[]): Door =>
  async function limit(c, next) {
    await take(services, c, claimsOf(c));
    return next();
  };

/**
 * Lets a caller have so many requests or sockets under way at the same time, in this replica. Throws `limit-exceeded`. The
 * place is given back when what is behind this middleware has ended, which for a relayed answer or a socket is its own end.
 */
export const limitConcurrency = (
  { metrics }: Pick<LimitServices, "metrics">,
  concurrency: Concurrency,
): Door =>
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

/** Only tells where the limits stand: for probes, which a limit must not make fail. */
export const tellLimits = (
  { limiter, newPatience }: LimitServices,
  claimsOf: (c: BrokerContext) => Claim[],
): Door =>
  async function tellLimits(c, next) {
    tell(c, await limiter.look(claimsOf(c), newPatience()), isTold);
    await next();
  };

/** Counts claims in the middle of a door. Throws `limit-exceeded`; answers how to make them uncounted. */
export const take = async (
  { limiter, newPatience, metrics }: LimitServices,
  c: BrokerContext,
  claims: Claim[],
): Promise<() => void> => {
  const patience = c.get("patience") ?? newPatience();
  c.set("patience", patience);
  const verdict = await limiter.take(claims, patience);
  if (verdict.allowed) {
    tell(c, verdict.standings, isTold);
    return verdict.undo;
  }
  tell(c, verdict.standings, (standing) => standing.told || verdict.violated.includes(standing));
  for (const { window } of verdict.violated) metrics.limitReached(window);
  throw refusal(verdict.violated, verdict.retryAfterSeconds);
};

const refusal = (violated: readonly Standing[], retryAfterSeconds: number): Failure => {
  const names = violated.map(({ window }) => window);
  const detail = `Used up: ${names.join(", ")}. Try again in ${retryAfterSeconds} s.`;
  const headers = { "retry-after": String(retryAfterSeconds) };
  return new Failure("limit-exceeded", detail, { headers, violatedPolicies: names });
};

const isTold = ({ told }: Standing): boolean => told;

const tell = (
  c: BrokerContext,
  standings: readonly Standing[],
  isFor: (standing: Standing) => boolean,
): void => {
  let state = "";
  let policy = "";
  for (const standing of standings) {
    if (!isFor(standing)) continue;
    const { window, quota, windowSeconds, remaining, resetSeconds } = standing;
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

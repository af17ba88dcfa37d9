// What is known about one upstream key, and whether it may be used for a request.
import { type BreakerChange, createBreaker } from "./breaker.ts";
import { createCooldowns, createKeyRejection, type RejectionChange } from "./key-rejection.ts";
import { createLoad } from "./load.ts";
import { type Outcome, provesReach } from "./outcome.ts";
import { type EndpointFamily, endpointFamilies, type RoutingFacts, rateLimitScope } from "./routing.ts";

/** Whether the key may be used for a request now. */
export type Availability =
  | { kind: "available" }
  /** Half-open: one request may find out whether the key still fails, although other keys are fine. */
  | { kind: "trial" }
  /** After all others. */
  | { kind: "fallback" }
  /** Only where all keys are out, and by few requests. */
  | { kind: "panic"; badness: number }
  | Unavailable;

export interface Unavailable {
  kind: "unavailable";
  why: "away" | "limited" | "refused";
  waitMs: number;
}

/** What a probe is to find out. `times`: how often in a row OpenAI called the key invalid. */
export type ProbeReason = { kind: "suspect" } | { kind: "open" } | { kind: "invalid"; times: number };

/** `back`: after there was none, or in place of one that OpenAI did not accept. */
export type TokenChange = "missing" | "first" | "back";

export type KeyChange =
  | { kind: BreakerChange; family: EndpointFamily }
  | { kind: RejectionChange }
  /** It has another secret: what OpenAI thought of the one before it is forgotten. */
  | { kind: "replaced" }
  /** Its access token: there is none any more, there is one for the first time, or another that was waited for. */
  | { kind: "token-missing" | "token-first" | "token-back" }
  | { kind: "limited"; model: string | undefined; waitMs: number }
  | { kind: "restricted"; endpoint: string };

/** A request that is sent. */
export interface RequestInFlight {
  facts: RoutingFacts;
  begunAt: number;
  /** What `begin` returned. */
  endTrial: (() => void) | undefined;
}

export interface KeyState {
  availability(facts: RoutingFacts): Availability;
  /** Begins the half-open trial that the request is, if it is one: returns the function that ends it. */
  begin(facts: RoutingFacts): (() => void) | undefined;
  /** To be called once; `counts` is false where the request's failure was counted already. */
  end(request: RequestInFlight, outcome: Outcome, counts: boolean): void;
  /** Milliseconds that another request would probably take. */
  expectedMs(facts: RoutingFacts): number;
  /** Requests that wait for their answer to begin. */
  inFlight(): number;
  probed(outcome: Outcome): void;
  /** Forgets what OpenAI thought of the secret before; what is known of the place, and limits, stay. */
  secretReplaced(): void;
  tokenChanged(change: TokenChange): void;
  probeReason(): ProbeReason | undefined;
  /** Whether it is neither rejected by OpenAI nor out for any family. */
  isUsable(): boolean;
  /** Whether OpenAI rejects it, as a probe or several callers found. */
  isRejected(): boolean;
}

const SCOPE_MISSING_MS = 600_000;
/** Between trials of a key that fails, and of a rejected one, which is less likely to change. */
const FAILED_TRIAL_MS = 250;
const REJECTED_TRIAL_MS = 1000;
/** An account may get money at any time; a key that OpenAI does not know needs its operator. */
const badness = { "no-quota": 1, invalid: 2 };
/** `Retry-After` of what is refused meanwhile. */
const FAILED_WAIT_MS = 1000;
const REJECTED_WAIT_MS = 10_000;

const available: Availability = { kind: "available" };

/** `hasToken` answers whether there is something to show to OpenAI. */
export const createKeyState = (
  now: () => number,
  onChange: (change: KeyChange) => void,
  hasToken: () => boolean,
): KeyState => {
  const breakers = forEachFamily((family) => createBreaker(now, (kind) => onChange({ kind, family })));
  const loads = forEachFamily(() => createLoad(now));
  const limits = createCooldowns(now);
  const restrictions = createCooldowns(now);
  const rejection = createKeyRejection(now, (kind) => onChange({ kind }));

  return {
    availability: (facts) => {
      const { callerId } = facts;
      const breaker = breakers[facts.family];
      if (!hasToken()) return { kind: "unavailable", why: "refused", waitMs: REJECTED_WAIT_MS };
      const waitMs = limits.leftMs(rateLimitScope(facts), callerId);
      if (waitMs > 0) return { kind: "unavailable", why: "limited", waitMs };
      const rejected = rejection.reasonFor(callerId);
      if (rejected || breaker.state() === "open") {
        if (breaker.mayTry(rejected ? REJECTED_TRIAL_MS : FAILED_TRIAL_MS)) {
          return { kind: "panic", badness: rejected ? badness[rejected] : 0 };
        }
        return rejected
          ? { kind: "unavailable", why: "refused", waitMs: REJECTED_WAIT_MS }
          : { kind: "unavailable", why: "away", waitMs: FAILED_WAIT_MS };
      }
      const suspicion = breaker.suspicionFor(callerId);
      if (suspicion !== "none") {
        return { kind: suspicion === "trial-due" && breaker.mayTry(FAILED_TRIAL_MS) ? "trial" : "fallback" };
      }
      return restrictions.leftMs(facts.endpoint) > 0 ? { kind: "fallback" } : available;
    },
    begin: ({ family, callerId }) => {
      const breaker = breakers[family];
      loads[family].begin();
      // An open breaker is suspicious too: what opened it were failures of several callers.
      const isTrial =
        rejection.reasonFor(callerId) !== undefined || breaker.suspicionFor(callerId) !== "none";
      return isTrial ? breaker.beginTrial() : undefined;
    },
    end: ({ facts, begunAt, endTrial }, outcome, counts) => {
      const { family, callerId, endpoint, model } = facts;
      const breaker = breakers[family];
      loads[family].end(outcome.kind === "answered" ? outcome.latencyMs : undefined);
      endTrial?.();
      if (provesReach(outcome)) breaker.probed(true);
      switch (outcome.kind) {
        case "answered":
          breaker.succeeded(callerId);
          rejection.answered(begunAt);
          break;
        case "limited": {
          const { hasRoom, waitMs } = outcome;
          const isNew = !hasRoom && limits.start(rateLimitScope(facts), waitMs, callerId);
          if (isNew) onChange({ kind: "limited", model, waitMs });
          break;
        }
        case "scope-missing":
          if (restrictions.start(endpoint, SCOPE_MISSING_MS)) onChange({ kind: "restricted", endpoint });
          break;
        case "no-quota":
          rejection.setNoQuota(callerId);
          break;
        case "key-invalid":
          rejection.setInvalid(true, callerId, begunAt);
          break;
        case "failed":
          if (counts) breaker.failed({ callerId, how: outcome.how, begunAt });
          break;
        case "refused":
        case "unreadable":
          if (counts) breaker.failed({ callerId, how: "other", begunAt });
          break;
        case "request-at-fault":
        case "abandoned":
        case "no-token":
      }
    },
    expectedMs: ({ family }) => loads[family].expectedMs(),
    probed: (outcome) => {
      if (outcome.kind === "no-token") return;
      const isReachable = outcome.kind !== "failed" && outcome.kind !== "abandoned";
      for (const family of endpointFamilies) breakers[family].probed(isReachable);
      if (outcome.kind === "key-invalid") rejection.setInvalid(true);
      else if (isReachable && outcome.kind !== "refused") rejection.setInvalid(false);
    },
    secretReplaced: () => {
      rejection.forget();
      restrictions.clear();
      onChange({ kind: "replaced" });
    },
    tokenChanged: (change) => {
      if (change === "back") rejection.forget();
      onChange({ kind: `token-${change}` });
    },
    probeReason: () => {
      const states = endpointFamilies.map((family) => breakers[family].state());
      if (states.includes("suspect")) return { kind: "suspect" };
      if (states.includes("open")) return { kind: "open" };
      const isInvalid = rejection.reasonFor() === "invalid";
      return isInvalid ? { kind: "invalid", times: rejection.invalidTimes } : undefined;
    },
    // What one caller alone has found does not count for this one.
    isRejected: () => !hasToken() || rejection.reasonFor("") !== undefined,
    inFlight: () => endpointFamilies.reduce((sum, family) => sum + loads[family].inFlight(), 0),
    isUsable: () =>
      hasToken() &&
      rejection.reasonFor() === undefined &&
      endpointFamilies.every((family) => breakers[family].state() !== "open"),
  };
};

const forEachFamily = <Of>(create: (family: EndpointFamily) => Of) =>
  Object.fromEntries(endpointFamilies.map((family) => [family, create(family)])) as Record<
    EndpointFamily,
    Of
  >;

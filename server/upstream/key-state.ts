// What is known about one upstream key, and whether it may be used for a request. A new secret starts with a new state.
import { createCooldowns } from "./cooldowns.ts";
import { type BreakerChange, createFamilyState, type FamilyState } from "./family-state.ts";
import { createKeyRejection, type RejectionChange } from "./key-rejection.ts";
import { isKeyFault, type Outcome } from "./outcome.ts";
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

export type KeyChange =
  | { kind: BreakerChange; family: EndpointFamily }
  | { kind: RejectionChange }
  | { kind: "limited"; model: string | undefined; waitMs: number }
  | { kind: "restricted"; endpoint: string };

/** A request that is sent. */
export interface RequestInFlight {
  facts: RoutingFacts;
  begunAt: number;
  /** Ends the half-open trial that the request is, if it is one. */
  endTrial: (() => void) | undefined;
}

export interface KeyState {
  availability(facts: RoutingFacts): Availability;
  begin(facts: RoutingFacts): RequestInFlight;
  /** To be called once; `counts` is false where the request's failure was counted already. */
  end(request: RequestInFlight, outcome: Outcome, counts: boolean): void;
  /** Milliseconds that another request would probably take. */
  expectedMs(facts: RoutingFacts): number;
  probed(outcome: Outcome): void;
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

export const createKeyState = (now: () => number, onChange: (change: KeyChange) => void): KeyState => {
  const byFamily = new Map(
    endpointFamilies.map((family) => [family, createFamilyState(now, (kind) => onChange({ kind, family }))]),
  );
  const of = (family: EndpointFamily): FamilyState => byFamily.get(family) as FamilyState;
  const limits = createCooldowns(now);
  const restrictions = createCooldowns(now);
  const rejection = createKeyRejection(now, (kind) => onChange({ kind }));

  const apply = (request: RequestInFlight, outcome: Outcome, counts: boolean): void => {
    const { facts, begunAt } = request;
    const { callerId, endpoint, model } = facts;
    const family = of(facts.family);
    // An answer of OpenAI's own, whatever it says, proves that OpenAI can be reached.
    if (isKeyFault(outcome) || outcome.kind === "request-at-fault") family.probed(true);
    switch (outcome.kind) {
      case "answered":
        family.succeeded(callerId);
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
        rejection.setInvalid(true, callerId);
        break;
      case "failed":
        if (counts) family.failed({ callerId, how: outcome.how, begunAt });
        break;
      case "refused":
      case "unreadable":
        if (counts) family.failed({ callerId, how: "other", begunAt });
        break;
      case "request-at-fault":
      case "abandoned":
    }
  };

  return {
    availability: (facts) => {
      const family = of(facts.family);
      const waitMs = limits.leftMs(rateLimitScope(facts), facts.callerId);
      if (waitMs > 0) return { kind: "unavailable", why: "limited", waitMs };
      const rejected = rejection.reasonFor(facts.callerId);
      if (rejected || family.breakerState() === "open") {
        if (family.trials.mayBegin(rejected ? REJECTED_TRIAL_MS : FAILED_TRIAL_MS)) {
          return { kind: "panic", badness: rejected ? badness[rejected] : 0 };
        }
        return rejected
          ? { kind: "unavailable", why: "refused", waitMs: REJECTED_WAIT_MS }
          : { kind: "unavailable", why: "away", waitMs: FAILED_WAIT_MS };
      }
      const suspicion = family.suspicionFor(facts.callerId);
      if (suspicion !== "none") {
        const isTrial = suspicion === "trial-due" && family.trials.mayBegin(FAILED_TRIAL_MS);
        return { kind: isTrial ? "trial" : "fallback" };
      }
      return { kind: restrictions.leftMs(facts.endpoint) > 0 ? "fallback" : "available" };
    },
    begin: (facts) => {
      const family = of(facts.family);
      const { callerId } = facts;
      family.load.begin();
      // An open breaker is suspicious too: what opened it were failures of several callers.
      const isTrial = rejection.reasonFor(callerId) !== undefined || family.suspicionFor(callerId) !== "none";
      return { facts, begunAt: now(), endTrial: isTrial ? family.trials.begin() : undefined };
    },
    end: (request, outcome, counts) => {
      of(request.facts.family).load.end(outcome.kind === "answered" ? outcome.latencyMs : undefined);
      request.endTrial?.();
      apply(request, outcome, counts);
    },
    expectedMs: ({ family }) => of(family).load.expectedMs(),
    probed: (outcome) => {
      const isReachable = outcome.kind !== "failed" && outcome.kind !== "abandoned";
      for (const family of byFamily.values()) family.probed(isReachable);
      if (outcome.kind === "key-invalid") rejection.setInvalid(true);
      else if (isReachable && outcome.kind !== "refused") rejection.setInvalid(false);
    },
    probeReason: () => {
      const states = new Set([...byFamily.values()].map(({ breakerState }) => breakerState()));
      if (states.has("suspect")) return { kind: "suspect" };
      if (states.has("open")) return { kind: "open" };
      const isInvalid = rejection.reasonFor() === "invalid";
      return isInvalid ? { kind: "invalid", times: rejection.invalidTimes } : undefined;
    },
    // What one caller alone has found does not count for this one.
    isRejected: () => rejection.reasonFor("") !== undefined,
    isUsable: () =>
      rejection.reasonFor() === undefined &&
      [...byFamily.values()].every(({ breakerState }) => breakerState() !== "open"),
  };
};

// What is known of one key at OpenAI, and how it may be used for a job. Belongs to the key's object: a new secret starts anew.
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  type Breaker,
  closedBreaker,
  doubtOf,
  type FailedRequest,
} from "./breaker.ts";
import { createRests } from "./cooldowns.ts";
import { createDoubts, type Doubts } from "./doubts.ts";
import { type Family, families, type Job, limitOf } from "./job.ts";
import { createKeyRefusal, type RefusalChange } from "./key-refusal.ts";
import { createLoad, type Load } from "./load.ts";
import { isKeysOwn, type Outcome } from "./outcome.ts";
import { createTrials, type Trials } from "./trials.ts";

/** How the key may be used for a job now. */
export type Standing =
  | { may: "be used" }
  /** By one request, which finds out whether it still fails, although other keys are fine. */
  | { may: "be tried" }
  /** Where the others have been asked. */
  | { may: "come last" }
  /** By few, and only where all keys are out. */
  | { may: "be tried in panic"; badness: number }
  | Closed;

export interface Closed {
  may: "not be used";
  why: "away" | "limited" | "refused";
  waitMs: number;
}

/** What a probe is to find out. `times`: how often in a row OpenAI called the key invalid. */
export type Check = { kind: "suspect" } | { kind: "open" } | { kind: "invalid"; times: number };

export type KeyChange =
  | { kind: "suspect" | "out" | "back"; family: Family }
  | { kind: RefusalChange }
  | { kind: "limited"; model: string | undefined; waitMs: number }
  | { kind: "restricted"; endpoint: string };

export interface KeyState {
  standing(job: Job): Standing;
  /** A request is sent. To be called back once with how it ended; `counts` is false where the request counted already. */
  begin(job: Job): (outcome: Outcome, counts: boolean) => void;
  /** How long another request would take, by what is known. */
  expectedMs(job: Job): number;
  /** How a probe of ours ended. */
  probed(outcome: Outcome): void;
  check(): Check | undefined;
  /** Whether it is neither refused by OpenAI nor out for any family. */
  isUsable(): boolean;
}

const SCOPE_MISSING_MS = 600_000;
/** Trials of a key that fails, and of one that OpenAI refuses, which is less likely to change. */
const FAILED_EVERY_MS = 250;
const REFUSED_EVERY_MS = 1000;
/** An account may get money at any time; a key that OpenAI does not know needs its operator. */
const badness = { "no-quota": 1, invalid: 2 };
/** What callers are told to wait. */
const FAILED_WAIT_MS = 1000;
const REFUSED_WAIT_MS = 10_000;

export const createKeyState = (now: () => number, onChange: (change: KeyChange) => void): KeyState => {
  const byFamily = new Map(families.map((family) => [family, newFamily(now)]));
  const of = (family: Family): FamilyState => byFamily.get(family) as FamilyState;
  const limited = createRests(now);
  const restricted = createRests(now);
  const refusal = createKeyRefusal(now, (kind) => onChange({ kind }));

  const setBreaker = (family: Family, next: Breaker): void => {
    const { state } = of(family).breaker;
    of(family).breaker = next;
    if (next.state === state) return;
    if (next.state === "suspect") onChange({ kind: "suspect", family });
    else if (next.state === "open") onChange({ kind: "out", family });
    else if (state === "open") onChange({ kind: "back", family });
  };

  const doubtIn = ({ family, callerId }: Job): ReturnType<Doubts["of"]> => {
    const { breaker, doubts } = of(family);
    const own = doubts.of(callerId);
    return own === "none" ? doubtOf(breaker, now()) : own;
  };

  const fail = (job: Job, how: FailedRequest["how"], begunAt: number): void => {
    const { breaker, doubts } = of(job.family);
    const { callerId } = job;
    doubts.failed(callerId);
    setBreaker(job.family, afterFailure(breaker, { callerId, how, begunAt }, now()));
  };

  const end = (job: Job, outcome: Outcome, begunAt: number, counts: boolean): void => {
    const { breaker, doubts } = of(job.family);
    // Whatever OpenAI itself answers, it can be reached.
    if (isKeysOwn(outcome) || outcome.kind === "request-at-fault") {
      setBreaker(job.family, afterProbe(breaker, true, now()));
    }
    switch (outcome.kind) {
      case "answered":
        doubts.succeeded(job.callerId);
        setBreaker(job.family, afterSuccess(breaker, now()));
        refusal.answered(begunAt);
        break;
      case "limited": {
        const { hasRoom, waitMs } = outcome;
        if (hasRoom || !limited.rest(limitOf(job), waitMs, job.callerId)) break;
        onChange({ kind: "limited", model: job.model, waitMs });
        break;
      }
      case "scope-missing":
        if (!restricted.rest(job.endpoint, SCOPE_MISSING_MS)) break;
        onChange({ kind: "restricted", endpoint: job.endpoint });
        break;
      case "no-quota":
        refusal.setNoQuota(job.callerId);
        break;
      case "key-invalid":
        refusal.setInvalid(true, job.callerId);
        break;
      case "failed":
        if (counts) fail(job, outcome.how, begunAt);
        break;
      case "refused":
      case "unreadable":
        if (counts) fail(job, "other", begunAt);
        break;
      case "request-at-fault":
      case "abandoned":
    }
  };

  return {
    standing: (job) => {
      const { breaker, trials } = of(job.family);
      const waitMs = limited.leftMs(limitOf(job), job.callerId);
      if (waitMs > 0) return { may: "not be used", why: "limited", waitMs };
      const refused = refusal.now(job.callerId);
      if (refused || breaker.state === "open") {
        if (trials.mayBegin(refused ? REFUSED_EVERY_MS : FAILED_EVERY_MS)) {
          return { may: "be tried in panic", badness: refused ? badness[refused] : 0 };
        }
        return refused
          ? { may: "not be used", why: "refused", waitMs: REFUSED_WAIT_MS }
          : { may: "not be used", why: "away", waitMs: FAILED_WAIT_MS };
      }
      const doubt = doubtIn(job);
      if (doubt !== "none") {
        const isTrial = doubt === "due" && trials.mayBegin(FAILED_EVERY_MS);
        return { may: isTrial ? "be tried" : "come last" };
      }
      return { may: restricted.leftMs(job.endpoint) > 0 ? "come last" : "be used" };
    },
    begin: (job) => {
      const family = of(job.family);
      const begunAt = now();
      family.load.begin();
      const isOut = refusal.now(job.callerId) !== undefined || family.breaker.state === "open";
      const endTrial = isOut || doubtIn(job) !== "none" ? family.trials.begin() : undefined;
      return (outcome, counts) => {
        family.load.end(outcome.kind === "answered" ? outcome.latencyMs : undefined);
        endTrial?.();
        end(job, outcome, begunAt, counts);
      };
    },
    expectedMs: ({ family }) => of(family).load.expectedMs(),
    probed: (outcome) => {
      const isReachable = outcome.kind !== "failed" && outcome.kind !== "abandoned";
      for (const family of families) setBreaker(family, afterProbe(of(family).breaker, isReachable, now()));
      if (outcome.kind === "key-invalid") refusal.setInvalid(true);
      else if (isReachable && outcome.kind !== "refused") refusal.setInvalid(false);
    },
    check: () => {
      const states = new Set([...byFamily.values()].map(({ breaker }) => breaker.state));
      if (states.has("suspect")) return { kind: "suspect" };
      if (states.has("open")) return { kind: "open" };
      return refusal.now() === "invalid" ? { kind: "invalid", times: refusal.invalidTimes } : undefined;
    },
    isUsable: () =>
      refusal.now() === undefined && [...byFamily.values()].every(({ breaker }) => breaker.state !== "open"),
  };
};

interface FamilyState {
  breaker: Breaker;
  doubts: Doubts;
  trials: Trials;
  load: Load;
}

const newFamily = (now: () => number): FamilyState => ({
  breaker: closedBreaker,
  doubts: createDoubts(now),
  trials: createTrials(now),
  load: createLoad(),
});

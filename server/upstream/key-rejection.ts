// What OpenAI rejects of one key, and for which callers: the key as a whole, or one model or endpoint for a while (a cooldown).
import { LRUCache } from "lru-cache";
import { addFinder, countsFor, type Finders } from "./outcome.ts";

export type RejectionChange = "invalid" | "valid" | "no-quota" | "quota";

/** OpenAI does not know the key, or its account may spend no more. */
export interface KeyRejection {
  /**
   * With the caller whose request found it, and when that began: before `forget` it was of another secret. Without one where a
   * probe did.
   */
  setInvalid(isInvalid: boolean, callerId?: string, begunAt?: number): void;
  setNoQuota(callerId: string): void;
  /** OpenAI answered a request that began then. */
  answered(begunAt: number): void;
  /** Begins anew, and tells nothing of it. */
  forget(): void;
  /** Why the key is rejected now, if it is, as far as it counts for this caller; without a caller, for any. */
  reasonFor(callerId?: string): "invalid" | "no-quota" | undefined;
  /** How often OpenAI has called it invalid since it last answered a request. */
  readonly invalidTimes: number;
}

/** Then requests find out whether the account has money again; no probe can. */
const NO_QUOTA_MS = 60_000;

export const createKeyRejection = (
  now: () => number,
  onChange: (change: RejectionChange) => void,
): KeyRejection => {
  let isInvalid = false;
  let invalidTimes = 0;
  let hasNoQuota = false;
  let noQuotaUntil = 0;
  let since = Number.NEGATIVE_INFINITY;
  let forgottenAt = Number.NEGATIVE_INFINITY;
  let finders: Finders = "none";

  const reason = () => {
    if (isInvalid) return "invalid";
    return noQuotaUntil > now() ? "no-quota" : undefined;
  };
  const found = (callerId: string | undefined): void => {
    finders = addFinder(reason() === undefined ? "none" : finders, callerId);
  };

  const setInvalid = (next: boolean, callerId?: string, begunAt = forgottenAt): void => {
    if (begunAt < forgottenAt) return;
    if (next) found(callerId);
    if (next === isInvalid) return;
    isInvalid = next;
    since = now();
    if (next) invalidTimes += 1;
    onChange(next ? "invalid" : "valid");
  };

  return {
    setInvalid,
    setNoQuota: (callerId) => {
      found(callerId);
      const isNew = !hasNoQuota;
      hasNoQuota = true;
      noQuotaUntil = now() + NO_QUOTA_MS;
      if (!isNew) return;
      since = now();
      onChange("no-quota");
    },
    answered: (begunAt) => {
      // Requests that were under way when OpenAI rejected the key may still be answered.
      if (begunAt < since) return;
      setInvalid(false);
      invalidTimes = 0;
      noQuotaUntil = 0;
      if (!hasNoQuota) return;
      hasNoQuota = false;
      onChange("quota");
    },
    forget: () => {
      isInvalid = false;
      invalidTimes = 0;
      hasNoQuota = false;
      noQuotaUntil = 0;
      finders = "none";
      since = now();
      forgottenAt = since;
    },
    reasonFor: (callerId) => (countsFor(finders, callerId) ? reason() : undefined),
    get invalidTimes() {
      return invalidTimes;
    },
  };
};

/** By name: a model whose rate limit is reached, or an endpoint that the key has no permission for. */
export interface Cooldowns {
  /** With a caller, it holds for that caller alone until another finds the same. Returns whether it is new. */
  start(name: string, forMs: number, callerId?: string): boolean;
  /** How long it still holds for this caller; 0 when it does not. */
  leftMs(name: string, callerId?: string): number;
  /** Ends all. */
  clear(): void;
}

/** OpenAI has some hundred models; callers may invent more, and longer names. */
const MAX_NAMES = 500;
const MAX_NAME_LENGTH = 256;

export const createCooldowns = (now: () => number): Cooldowns => {
  const cooldowns = new LRUCache<string, { endsAt: number; finders: Finders }>({ max: MAX_NAMES });
  return {
    clear: () => cooldowns.clear(),
    leftMs: (name, callerId) => {
      const found = cooldowns.get(name.slice(0, MAX_NAME_LENGTH));
      return found && countsFor(found.finders, callerId) ? Math.max(0, found.endsAt - now()) : 0;
    },
    start: (name, forMs, callerId) => {
      const key = name.slice(0, MAX_NAME_LENGTH);
      const found = cooldowns.get(key);
      const before = found && found.endsAt > now() ? found.finders : "none";
      cooldowns.set(key, { endsAt: now() + forMs, finders: addFinder(before, callerId) });
      return before === "none";
    },
  };
};

// OpenAI's rejection of a key as a whole: OpenAI does not know the key, or its account may spend no more.
import { addFinder, countsFor, type Finders } from "./finders.ts";

export type RejectionChange = "invalid" | "valid" | "no-quota" | "quota";

export interface KeyRejection {
  /** With the caller whose request found it; without one where a probe did. */
  setInvalid(isInvalid: boolean, callerId?: string): void;
  setNoQuota(callerId: string): void;
  /** OpenAI answered a request that began then. */
  answered(begunAt: number): void;
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
  let finders: Finders = "none";

  const reason = () => {
    if (isInvalid) return "invalid";
    return noQuotaUntil > now() ? "no-quota" : undefined;
  };
  const found = (callerId: string | undefined): void => {
    finders = addFinder(reason() === undefined ? "none" : finders, callerId);
  };

  const setInvalid = (next: boolean, callerId?: string): void => {
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
    reasonFor: (callerId) => (countsFor(finders, callerId) ? reason() : undefined),
    get invalidTimes() {
      return invalidTimes;
    },
  };
};

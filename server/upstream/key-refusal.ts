// What OpenAI says of a key as a whole: that it does not know it, or that its account may spend no more.

export type RefusalChange = "invalid" | "valid" | "no-quota" | "quota";

export interface KeyRefusal {
  /** With the caller whose request found it; without one where a probe did. */
  setInvalid(isInvalid: boolean, callerId?: string): void;
  setNoQuota(callerId: string): void;
  /** It answered a request that began then. */
  answered(begunAt: number): void;
  /** Why it is refused now, if it is: for this caller, or for any. What one caller found is theirs until another finds it. */
  now(callerId?: string): "invalid" | "no-quota" | undefined;
  /** How often OpenAI has called it invalid since it last answered a request. */
  readonly invalidTimes: number;
}

/** After that long, requests find out whether the account has money again; no probe can. */
const NO_QUOTA_MS = 60_000;

export const createKeyRefusal = (
  clock: () => number,
  onChange: (change: RefusalChange) => void,
): KeyRefusal => {
  let isInvalid = false;
  let invalidTimes = 0;
  let hasNoQuota = false;
  let noQuotaUntil = 0;
  let since = Number.NEGATIVE_INFINITY;
  let finder: string | undefined;

  const reason = () => {
    if (isInvalid) return "invalid";
    return noQuotaUntil > clock() ? "no-quota" : undefined;
  };
  const note = (callerId: string | undefined): void => {
    // Nobody's own where a probe or several callers have found it.
    finder = reason() === undefined || finder === callerId ? callerId : undefined;
  };

  const setInvalid = (next: boolean, callerId?: string): void => {
    if (next) note(callerId);
    if (next === isInvalid) return;
    isInvalid = next;
    since = clock();
    if (next) invalidTimes += 1;
    onChange(next ? "invalid" : "valid");
  };

  return {
    setInvalid,
    setNoQuota: (callerId) => {
      note(callerId);
      const isNews = !hasNoQuota;
      hasNoQuota = true;
      noQuotaUntil = clock() + NO_QUOTA_MS;
      if (!isNews) return;
      since = clock();
      onChange("no-quota");
    },
    answered: (begunAt) => {
      // What was on its way when OpenAI refused the key may still be answered.
      if (begunAt < since) return;
      setInvalid(false);
      invalidTimes = 0;
      noQuotaUntil = 0;
      if (!hasNoQuota) return;
      hasNoQuota = false;
      onChange("quota");
    },
    now: (callerId) => {
      const isOthers = callerId !== undefined && finder !== undefined && finder !== callerId;
      return isOthers ? undefined : reason();
    },
    get invalidTimes() {
      return invalidTimes;
    },
  };
};

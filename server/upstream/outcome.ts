// The outcome of one attempt with an upstream key: whose fault a failure is, and for which callers it counts. Pure.

export type Outcome =
  | { kind: "answered"; latencyMs: number }
  /** Another key would refuse this request too. It proves that OpenAI can be reached, and nothing about the key. */
  | { kind: "request-at-fault" }
  /** A restricted key that lacks the permission for this endpoint. */
  | { kind: "scope-missing" }
  /** The key's rate limit for this model is reached. With `hasRoom`, only a request as large as this one is too large. */
  | { kind: "limited"; waitMs: number; hasRoom: boolean }
  /** The key's account has no money, or has reached its spending limit. */
  | { kind: "no-quota" }
  /** OpenAI does not know the key, its account or its organization (any more). */
  | { kind: "key-invalid" }
  /** The key's access token has ended, and there is no other: nothing was sent. */
  | { kind: "no-token" }
  /** A 401 or 403 that says none of this: another key may be accepted, and nothing is known about this one. */
  | { kind: "refused" }
  /** `mayBeDone`: the request was sent, and what became of it is unknown. Where that matters, it is not repeated. */
  | { kind: "failed"; how: FailureMode; mayBeDone?: true }
  /** A success status without a usable body: the work may have been done, so it is never repeated. */
  | { kind: "unreadable" }
  /** The caller left, or their own time ran out: that says nothing about the key. */
  | { kind: "abandoned" };

/** `error` is a 500 of OpenAI's own; `gateway` is a proxy in front of it (502 to 504 and the like). */
export type FailureMode = "connection" | "error" | "gateway" | "timeout";

/** Whether the cause is this key alone, so that the next key is tried. Such keys are then left alone: no retry storm follows. */
export const isKeyFault = (outcome: Outcome | undefined): boolean => {
  switch (outcome?.kind) {
    case "key-invalid":
    case "limited":
    case "no-quota":
    case "no-token":
    case "refused":
    case "scope-missing":
      return true;
    case "abandoned":
    case "answered":
    case "failed":
    case "request-at-fault":
    case "unreadable":
    case undefined:
      return false;
  }
};

/** An error of OpenAI's own, whatever it says, proves that OpenAI can be reached. */
export const provesReach = (outcome: Outcome): boolean =>
  outcome.kind === "request-at-fault" || (isKeyFault(outcome) && outcome.kind !== "no-token");

/**
 * The callers that found a fault with a key. What one caller finds counts for that caller alone, until another finds the same: no
 * caller takes a key from the others.
 */
export type Finders = "none" | "several" | { only: string };

/** Without a caller it was a probe's finding, which counts for everyone. */
export const addFinder = (finders: Finders, callerId: string | undefined): Finders => {
  if (callerId === undefined || finders === "several") return "several";
  if (finders === "none") return { only: callerId };
  return finders.only === callerId ? finders : "several";
};

/** Whether the fault counts for this caller; without a caller, whether anyone found it. */
export const countsFor = (finders: Finders, callerId: string | undefined): boolean => {
  if (finders === "none") return false;
  return finders === "several" || callerId === undefined || finders.only === callerId;
};

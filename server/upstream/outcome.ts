// The outcome of one attempt with an upstream key: each kind of failure has another cause, and other consequences.

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
  /** A 401 or 403 that says none of this: another key may be accepted, and nothing is known about this one. */
  | { kind: "refused" }
  | { kind: "failed"; how: FailureMode }
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

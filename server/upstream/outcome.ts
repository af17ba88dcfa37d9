// How one attempt with a key at OpenAI ended: each kind of failure belongs to somebody else.

export type Outcome =
  | { kind: "answered"; latencyMs: number }
  /** The request's own fault: another key would refuse it too. It proves that OpenAI can be reached, and no more. */
  | { kind: "request-at-fault" }
  /** A restricted key that lacks the permission for this endpoint. */
  | { kind: "scope-missing" }
  /** The key's limit for this model is reached. With `hasRoom`, only for a request as large as this one. */
  | { kind: "limited"; waitMs: number; hasRoom: boolean }
  /** The key's account has no money, or may spend no more. */
  | { kind: "no-quota" }
  /** The key, its account or its organization is not known (any more). */
  | { kind: "key-invalid" }
  /** A 401 that says none of this: another key may do, and nothing is known of this one. */
  | { kind: "refused" }
  | { kind: "failed"; how: FailureMode }
  /** An answer that is none: what was asked for may have been done all the same, so nobody asks again. */
  | { kind: "unreadable" }
  /** The caller left, or ran out of their own time: that says nothing of the key. */
  | { kind: "abandoned" };

/** `error` is a 500 that OpenAI itself answered; `gateway` is what stands before it (502 to 504 and the like). */
export type FailureMode = "connection" | "error" | "gateway" | "timeout";

/** Whether it concerns this key alone, so that the next key is asked. Keys that refuse are left alone, so that is no storm. */
export const isKeysOwn = (outcome: Outcome | undefined): boolean => {
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

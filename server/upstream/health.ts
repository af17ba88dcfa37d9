// What is known of one upstream key, and whether it may be tried now. Pure: each outcome makes the next state.

/** How one attempt with a key ended, as far as the key is concerned. */
export type Outcome =
  /** It answered; also what refuses the request itself, such as a 400, comes from a healthy key. */
  | { kind: "answered"; latencyMs: number }
  /** No connection, no answer in time, or a 5xx. */
  | { kind: "failed" }
  /** 401: it does not work until its secret is changed. */
  | { kind: "rejected" }
  /** 429: it may be tried again after the wait. */
  | { kind: "limited"; waitMs: number }
  /** The caller left before the end: that says nothing. */
  | { kind: "abandoned" };

export interface Health {
  failuresInARow: number;
  /** Set while it is out: until when, and for how long the next time. */
  out: { until: number; nextMs: number } | undefined;
  /** While it is out, one attempt may find out whether it is back. */
  trying: boolean;
  rejected: boolean;
  /** Milliseconds since 1970. */
  limitedUntil: number;
  /** A moving average; 0 until the first answer, so that a new key is tried. */
  latencyMs: number;
}

const FAILURES = 3;
const FIRST_OUT_MS = 60_000;
const LONGEST_OUT_MS = 600_000;
/** The weight of the newest answer in the average. */
const NEWEST = 0.2;

export const unknownHealth: Health = {
  failuresInARow: 0,
  out: undefined,
  trying: false,
  rejected: false,
  limitedUntil: 0,
  latencyMs: 0,
};

/** Whether it may be tried now: freely, by one attempt alone, or not at all. */
export const permits = (health: Health, now: number): "freely" | "one trial" | "no" => {
  if (health.rejected || health.limitedUntil > now) return "no";
  if (!health.out) return "freely";
  return health.out.until > now || health.trying ? "no" : "one trial";
};

/** When it may be tried again, at the earliest; undefined where only a new secret helps. */
export const freeAt = (health: Health): number | undefined =>
  health.rejected ? undefined : Math.max(health.limitedUntil, health.out?.until ?? 0);

/** The state once an attempt has begun. */
export const begun = (health: Health): Health => (health.out ? { ...health, trying: true } : health);

/** The state after an attempt. */
export const after = (health: Health, outcome: Outcome, now: number): Health => {
  const rested = { ...health, trying: false };
  switch (outcome.kind) {
    case "answered": {
      const { latencyMs } = outcome;
      const average = health.latencyMs === 0 ? latencyMs : mix(health.latencyMs, latencyMs);
      // What was on its way when it was limited may still be answered.
      const limitedUntil = health.limitedUntil > now ? health.limitedUntil : 0;
      return { ...rested, failuresInARow: 0, out: undefined, limitedUntil, latencyMs: average };
    }
    case "failed":
      return takenOut({ ...rested, failuresInARow: health.failuresInARow + 1 }, now);
    case "rejected":
      return { ...rested, rejected: true };
    case "limited":
      // It answered, so it is not broken.
      return { ...rested, failuresInARow: 0, out: undefined, limitedUntil: now + outcome.waitMs };
    case "abandoned":
      return rested;
  }
};

const mix = (average: number, newest: number): number => average * (1 - NEWEST) + newest * NEWEST;

const takenOut = (health: Health, now: number): Health => {
  const { out, failuresInARow } = health;
  // Attempts that began before it was taken out fail later, and do not make it longer.
  if (out && out.until > now) return health;
  if (!out && failuresInARow < FAILURES) return health;
  const forMs = out?.nextMs ?? FIRST_OUT_MS;
  return { ...health, out: { until: now + forMs, nextMs: Math.min(2 * forMs, LONGEST_OUT_MS) } };
};

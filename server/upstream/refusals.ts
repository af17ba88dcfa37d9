// What a refusal of OpenAI's says of the key it was asked with. Pure.
import type { Outcome } from "./health.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Where 429 does not say how long. */
const USUAL_WAIT_MS = 5000;
/** An account without money has none in a minute either. */
const NO_QUOTA_WAIT_MS = 600_000;
const LONGEST_WAIT_MS = 600_000;

/** `code` is OpenAI's machine-readable reason. */
export const outcomeOf = (
  status: number,
  code: string | undefined,
  headers: Headers,
  now: number,
): Outcome => {
  if (status === 401) return { kind: "rejected" };
  if (status === 429) return { kind: "limited", waitMs: waitOf(code, headers, now) };
  // Anything else below 500 is about the request, and would be the same with another key.
  return status >= 500 ? { kind: "failed" } : { kind: "answered", latencyMs: 0 };
};

const waitOf = (code: string | undefined, headers: Headers, now: number): number => {
  if (code === "insufficient_quota") return NO_QUOTA_WAIT_MS;
  const waits = [
    milliseconds(headers["retry-after-ms"]),
    retryAfter(headers["retry-after"], now),
    // Whichever of the two is used up; the other has nothing to wait for.
    ...["requests", "tokens"]
      .filter((what) => headers[`x-ratelimit-remaining-${what}`] === "0")
      .map((what) => duration(headers[`x-ratelimit-reset-${what}`])),
  ];
  const said = waits.find((wait) => wait !== undefined);
  return Math.min(LONGEST_WAIT_MS, said ?? USUAL_WAIT_MS);
};

type Field = string | string[] | undefined;

const milliseconds = (field: Field): number | undefined =>
  typeof field === "string" && /^\d{1,9}(?:\.\d+)?$/.test(field) ? Number(field) : undefined;

const retryAfter = (field: Field, now: number): number | undefined => {
  const seconds = milliseconds(field);
  if (seconds !== undefined) return seconds * 1000;
  const date = typeof field === "string" ? Date.parse(field) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

// As OpenAI writes them: 20ms, 1s, 6m0s, 1d2h3m.
const duration = (field: Field): number | undefined => {
  if (typeof field !== "string" || !/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(field)) return undefined;
  const parts = [...field.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/gy)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
};

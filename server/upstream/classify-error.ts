// Error classification: whose fault an error response of OpenAI's is. Pure.
import type { Outcome } from "./outcome.ts";
import type { Fields } from "./relay.ts";

interface ClassifiedError {
  status: number;
  code: string | null;
  type: string | null;
  message: string;
}

/** For a 429 that does not say how long. */
const DEFAULT_WAIT_MS = 5000;
const MAX_WAIT_MS = 600_000;

const accountGoneCodes = ["account_deactivated", "organization_deactivated", "deactivated_workspace"];
const wrongOrganizationCodes = [
  ...["mismatched_organization", "invalid_organization", "organization_not_found"],
  ...["mismatched_project", "invalid_project"],
];
const invalidKeyCodes = new Set<string | null>([
  ...["invalid_api_key", "invalid_token", "expired_api_key", "token_expired", "token_revoked"],
  ...["access_terminated", ...accountGoneCodes, ...wrongOrganizationCodes],
]);
const wrongAccountCodes = new Set<string | null>([...accountGoneCodes, ...wrongOrganizationCodes]);
const noQuotaCodes = new Set<string | null>([
  ...["insufficient_quota", "billing_not_active", "billing_hard_limit_reached"],
]);

/**
 * OpenAI's code and words decide where its status does not. Words are compared from their beginning only: further inside they
 * quote what callers sent, such as the name of a model. `now` is in milliseconds since 1970.
 */
export const classifyError = (error: ClassifiedError, headers: Fields, now: number): Outcome => {
  const { status, code, type, message } = error;
  if (status >= 500) {
    return { kind: "failed", how: status === 500 || status === 501 ? "error" : "gateway" };
  }
  if (status >= 400 && (noQuotaCodes.has(code) || noQuotaCodes.has(type))) return { kind: "no-quota" };
  if ((status === 401 || status === 403) && lacksScope(code, message)) return { kind: "scope-missing" };
  if (status === 401) {
    return {
      kind: invalidKeyCodes.has(code) || isAzureInvalid(code, message) ? "key-invalid" : "refused",
    };
  }
  // OpenAI does not serve the place where this service runs; a key of another region may be accepted.
  if (status === 403 && code === "unsupported_country_region_territory") return { kind: "refused" };
  if (status === 403 && wrongAccountCodes.has(code)) return { kind: "key-invalid" };
  if (status === 429 && !message.startsWith("Request too large") && !isFlexUnavailable(error)) {
    return { kind: "limited", waitMs: waitOf(headers, now), hasRoom: hasRoom(headers) };
  }
  return { kind: "request-at-fault" };
};

const lacksScope = (code: string | null, message: string): boolean =>
  code === "missing_scope" || message.startsWith("You have insufficient permissions for this operation");

const isAzureInvalid = (code: string | null, message: string): boolean =>
  code === "401" && message.startsWith("Access denied due to invalid subscription key");

// `service_tier: flex` is refused while OpenAI has no spare capacity; the same model still answers in the default tier.
const isFlexUnavailable = ({ code, type, message }: ClassifiedError): boolean =>
  [code, type, message].some((words) => /^resource[ _]unavailable/i.test(words ?? ""));

// A token limit refuses a large request while smaller ones would still fit.
const hasRoom = (headers: Fields): boolean => {
  const remaining = ["requests", "tokens"].map((what) => headers[`x-ratelimit-remaining-${what}`]);
  return remaining.every((count) => typeof count === "string" && /^[1-9]\d*$/.test(count));
};

const waitOf = (headers: Fields, now: number): number => {
  const waits = [
    milliseconds(headers["retry-after-ms"]),
    retryAfter(headers["retry-after"], now),
    // Only the limit that is used up has something to wait for.
    ...["requests", "tokens"]
      .filter((what) => headers[`x-ratelimit-remaining-${what}`] === "0")
      .map((what) => duration(headers[`x-ratelimit-reset-${what}`])),
  ];
  const told = waits.find((wait) => wait !== undefined);
  return Math.min(MAX_WAIT_MS, told ?? DEFAULT_WAIT_MS);
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

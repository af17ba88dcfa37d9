// Error classification: whose fault a refusal of OpenAI's is. Pure.
import type { Outcome } from "./outcome.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What OpenAI answered in place of what was asked for. */
export interface UpstreamRefusal {
  status: number;
  code: string | null;
  type: string | null;
  message: string;
}

/** Where 429 does not say how long. */
const USUAL_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 600_000;

const accountIsGone = ["account_deactivated", "organization_deactivated", "deactivated_workspace"];
const wrongOrganization = [
  ...["mismatched_organization", "invalid_organization", "organization_not_found"],
  ...["mismatched_project", "invalid_project"],
];
const keyIsInvalid = new Set([
  ...["invalid_api_key", "invalid_token", "expired_api_key", "token_expired", "token_revoked"],
  ...["access_terminated", ...accountIsGone, ...wrongOrganization],
]);
const accountIsWrong = new Set([...accountIsGone, ...wrongOrganization]);
const noQuota = new Set(["insufficient_quota", "billing_not_active", "billing_hard_limit_reached"]);

/**
 * OpenAI's words decide where its status does not. They are compared from their beginning only: further inside they quote what
 * callers sent, such as the name of a model.
 */
export const classifyRefusal = (refusal: UpstreamRefusal, headers: Headers, now: number): Outcome => {
  const { status, code, type, message } = refusal;
  if (status >= 500) {
    return { kind: "failed", how: status === 500 || status === 501 ? "error" : "gateway" };
  }
  if (status >= 400 && (noQuota.has(code ?? "") || noQuota.has(type ?? ""))) return { kind: "no-quota" };
  if ((status === 401 || status === 403) && lacksScope(code, message)) return { kind: "scope-missing" };
  if (status === 401) {
    return {
      kind: keyIsInvalid.has(code ?? "") || isAzureInvalid(code, message) ? "key-invalid" : "refused",
    };
  }
  // It is where the service is that OpenAI does not serve; a key of another region may do.
  if (status === 403 && code === "unsupported_country_region_territory") return { kind: "refused" };
  if (status === 403 && accountIsWrong.has(code ?? "")) return { kind: "key-invalid" };
  if (status === 429 && !message.startsWith("Request too large") && !wantsFullTier(refusal)) {
    return { kind: "limited", waitMs: waitOf(headers, now), hasRoom: hasRoom(headers) };
  }
  return { kind: "request-at-fault" };
};

const lacksScope = (code: string | null, message: string): boolean =>
  code === "missing_scope" || message.startsWith("You have insufficient permissions for this operation");

const isAzureInvalid = (code: string | null, message: string): boolean =>
  code === "401" && message.startsWith("Access denied due to invalid subscription key");

// `service_tier: flex` is refused while OpenAI has nothing to spare; the same model answers to those who ask as usual.
const wantsFullTier = ({ code, type, message }: UpstreamRefusal): boolean =>
  [code, type, message].some((words) => /^resource[ _]unavailable/i.test(words ?? ""));

// A limit of tokens refuses a large request while small ones of others would still fit.
const hasRoom = (headers: Headers): boolean => {
  const left = ["requests", "tokens"].map((what) => headers[`x-ratelimit-remaining-${what}`]);
  return left.every((count) => typeof count === "string" && /^[1-9]\d*$/.test(count));
};

const waitOf = (headers: Headers, now: number): number => {
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

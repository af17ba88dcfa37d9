// Whose fault a refusal of OpenAI's is, in the words that OpenAI uses.
import { describe, expect, it } from "vitest";
import { classifyError } from "../../../server/upstream/classify-error.ts";
import { readErrorBody } from "../../../server/upstream/error-response.ts";

const NOW = Date.UTC(2026, 10, 21);

interface Said {
  message?: string;
  type?: string;
  code?: string | number | null;
}

const classify = (status: number, error: Said, headers: Record<string, string> = {}) => {
  const text = JSON.stringify({ error: { type: "invalid_request_error", code: null, ...error } });
  return classifyError(readErrorBody(status, text), headers, NOW);
};

const scopes =
  "You have insufficient permissions for this operation. Missing scopes: api.responses.write. Check that you have the correct role in your organization.";
const tooLarge =
  "Request too large for gpt-4o in organization org-VDAWofJASuLH on tokens per min (TPM): Limit 30000, Requested 30601. The input or output tokens must be reduced in order to run successfully.";

it.each<[string, number, Said, string]>([
  [
    "a wrong key",
    401,
    { code: "invalid_api_key", message: "Incorrect API key provided: sk-x." },
    "key-invalid",
  ],
  ["a deactivated account", 401, { code: "account_deactivated" }, "key-invalid"],
  ["a deactivated account, forbidden", 403, { code: "account_deactivated" }, "key-invalid"],
  ["another organization's key", 401, { code: "mismatched_organization" }, "key-invalid"],
  ["another project's key", 401, { code: "mismatched_project" }, "key-invalid"],
  ["an expired key", 401, { code: "expired_api_key" }, "key-invalid"],
  ["an ended access", 401, { code: "access_terminated" }, "key-invalid"],
  ["an unknown organization", 401, { code: "invalid_organization" }, "key-invalid"],
  [
    "Azure's wrong key",
    401,
    { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." },
    "key-invalid",
  ],
  ["Azure's code alone", 401, { code: "401", message: "No." }, "refused"],
  [
    "Azure's words alone",
    401,
    { message: "Access denied due to invalid subscription key or wrong API endpoint." },
    "refused",
  ],
  ["a missing scope", 401, { message: scopes }, "scope-missing"],
  ["a missing scope with a code", 401, { code: "missing_scope", message: "No." }, "scope-missing"],
  ["a missing scope, forbidden", 403, { message: scopes }, "scope-missing"],
  [
    "a missing scope whose code is that of a wrong key",
    401,
    { code: "invalid_api_key", message: scopes },
    "scope-missing",
  ],
  ["a 401 without a reason", 401, {}, "refused"],
  ["an address that may not use the key", 401, { code: "ip_not_authorized" }, "refused"],
  ["a region that is not served", 403, { code: "unsupported_country_region_territory" }, "refused"],
  ["no quota", 429, { code: "insufficient_quota" }, "no-quota"],
  ["no quota, by its type", 429, { type: "insufficient_quota" }, "no-quota"],
  ["no billing", 429, { code: "billing_not_active" }, "no-quota"],
  ["the billing limit", 400, { code: "billing_hard_limit_reached" }, "no-quota"],
  ["a rate limit", 429, { code: "rate_limit_exceeded", type: "tokens" }, "limited"],
  [
    "a request that is too large",
    429,
    { code: "rate_limit_exceeded", message: tooLarge },
    "request-at-fault",
  ],
  ["a full tier", 429, { message: "Resource Unavailable" }, "request-at-fault"],
  ["a full tier's code", 429, { code: "resource_unavailable" }, "request-at-fault"],
  ["no room for another file", 403, { code: "quota_exceeded" }, "request-at-fault"],
  ["a wrong field", 400, { code: "unknown_parameter" }, "request-at-fault"],
  ["a forbidden model", 403, { code: "model_not_found" }, "request-at-fault"],
  ["an unknown model", 404, { code: "model_not_found" }, "request-at-fault"],
  ["a wrong combination", 422, {}, "request-at-fault"],
  ["a missing scope that is not forbidden", 400, { code: "missing_scope" }, "request-at-fault"],
  [
    "an unserved region that is not forbidden",
    400,
    { code: "unsupported_country_region_territory" },
    "request-at-fault",
  ],
  ["a deactivated account in a wrong request", 400, { code: "account_deactivated" }, "request-at-fault"],
  ["a redirect, whatever its code", 302, { code: "insufficient_quota" }, "request-at-fault"],
  ["a code of another key", 400, { code: "invalid_api_key" }, "request-at-fault"],
])("%s (%i) is seen as that", (_, status, error, kind) => {
  expect(classify(status, error).kind).toBe(kind);
});

it.each([
  [500, "error"],
  [501, "error"],
  [502, "gateway"],
  [503, "gateway"],
  [504, "gateway"],
  [520, "gateway"],
  [529, "gateway"],
])("%i is a failure of the sort %s", (status, how) => {
  expect(classify(status, {})).toEqual({ kind: "failed", how });
  expect(classifyError(readErrorBody(status, "<html>"), {}, NOW)).toEqual({ kind: "failed", how });
});

it.each<[number, string]>([
  [403, `Project \`proj_x\` does not have access to model \`${scopes}\`.`],
  [404, "The model `Missing scopes: all` does not exist."],
  [401, "No access to the model `You have insufficient permissions for this operation.`"],
])("a model whose name sounds like a missing scope is not taken for one (%i)", (status, message) => {
  expect(classify(status, { message }).kind).not.toBe("scope-missing");
});

it("a model whose name sounds like a large request is limited all the same", () => {
  const message = "Rate limit reached for Request too large for x in organization org-1";
  expect(classify(429, { message }).kind).toBe("limited");
});

it("a model whose name sounds like a full tier is limited all the same", () => {
  const message = "Rate limit reached for resource_unavailable in organization org-1";
  expect(classify(429, { message }).kind).toBe("limited");
});

describe("a limit", () => {
  const wait = (headers: Record<string, string>) => {
    const outcome = classify(429, { code: "rate_limit_exceeded" }, headers);
    return outcome.kind === "limited" ? outcome.waitMs : outcome;
  };

  it.each<[Record<string, string>, number]>([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": new Date(NOW + 90_000).toUTCString() }, 90_000],
    [{ "retry-after": new Date(NOW - 90_000).toUTCString() }, 0],
    [{ "retry-after": "0.25" }, 250],
    [{ "retry-after-ms": "1250", "retry-after": "2" }, 1250],
    [{ "retry-after-ms": "about 1250", "retry-after": "2" }, 2000],
    [{ "retry-after-ms": "1250 or so", "retry-after": "2" }, 2000],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1.25s" }, 1250],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1d2h" }, 600_000],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "about 1s" }, 5000],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1s or so" }, 5000],
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s" }, 360_000],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms" }, 20],
    [
      {
        "x-ratelimit-remaining-requests": "4",
        "x-ratelimit-reset-requests": "1h",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1.5s",
      },
      1500,
    ],
    [{ "retry-after": "999999999" }, 600_000],
    [{}, 5000],
    [{ "retry-after": "soon" }, 5000],
    [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "a while" }, 5000],
  ])("with %j is waited for as long as %i ms", (headers, ms) => {
    expect(wait(headers)).toBe(ms);
  });

  it.each([
    ["29000", "400", true],
    ["0", "400", false],
    ["some 400", "400", false],
    ["400 or so", "400", false],
    ["29000", "0", false],
    [undefined, "400", false],
  ])("with %s tokens and %s requests left has room for smaller requests: %s", (tokens, requests, hasRoom) => {
    const headers = {
      ...(tokens && { "x-ratelimit-remaining-tokens": tokens }),
      "x-ratelimit-remaining-requests": requests,
    };
    expect(classify(429, {}, headers)).toMatchObject({ kind: "limited", hasRoom });
  });
});

it("what is told of a refusal names neither our organization nor our project", () => {
  for (const name of ["org-VDAWofJASuLH", "acme-gmbh"]) {
    const message = tooLarge.replace("org-VDAWofJASuLH", name);
    const told = readErrorBody(429, JSON.stringify({ error: { message } })).message;
    expect(told).not.toContain(name);
    expect(told).toContain("Limit 30000, Requested 30601");
  }
});

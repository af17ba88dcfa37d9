// What a refusal of OpenAI's means for the operator: which fault it is, why, and what to do. Pure.
import { readErrorBody, readErrorResponse } from "../upstream/error-response.ts";
import type { Outcome } from "../upstream/outcome.ts";
import type { UpstreamReport } from "../upstream/upstream-error.ts";
import type { Finding } from "./finding.ts";
import type { Answer, DoctorKey } from "./openai.ts";

/** A finding without its level and subject. */
export type Refusal = Pick<Finding, "check" | "title"> & { cause: string; fix: string };

type KeyFacts = Pick<DoctorKey, "baseUrl" | "organization" | "project" | "setting">;

interface Refused {
  outcome: Outcome;
  report: UpstreamReport;
}

/** What was tried, as its findings' ids begin, and in words. */
const attempts = {
  key: "GET /models",
  minting: "minting",
  session: "a session",
  webrtc: "a WebRTC offer",
  hangup: "hanging up",
} as const;

export type Attempt = keyof typeof attempts;

const KEYS_PAGE = "https://platform.openai.com/api-keys";
const BILLING_PAGE = "https://platform.openai.com/settings/organization/billing";

export const refusalOf = (doing: Attempt, { outcome, report }: Refused, key: KeyFacts): Refusal => {
  const said = saidOf(report);
  switch (outcome.kind) {
    case "key-invalid":
      return invalid(report, said, key);
    case "scope-missing":
      return {
        check: "scopes.missing",
        title: `is a restricted key without the permission for ${attempts[doing]}`,
        cause: said,
        fix: `At ${KEYS_PAGE}, give the key the permission Realtime (write) and Models (read), or all.`,
      };
    case "no-quota":
      return {
        check: "quota.exhausted",
        title: "its account may spend nothing",
        cause: said,
        fix: `Add credit or raise the limit of organization and project at ${BILLING_PAGE}.`,
      };
    case "limited":
      return {
        check: "limits.reached",
        title: "OpenAI limits it at the moment",
        cause: said,
        fix: "Wait a minute. If it comes back, have the rate limits raised, or add a key of another project.",
      };
    case "refused":
      return refused(doing, report, said, key);
    case "failed":
      return unanswered(doing, outcome.how, said);
    case "unreadable":
      return {
        check: `${doing}.unreadable`,
        title: `the answer to ${attempts[doing]} is not what OpenAI documents`,
        cause: "Something that is not OpenAI may have answered, or this version is too old.",
        fix: "Look at the base address and at proxies on the way; then at newer versions of this service.",
      };
    case "answered":
    case "abandoned":
    // What gives the token tells of it by itself.
    case "no-token":
    case "request-at-fault":
      return {
        check: `${doing}.refused`,
        title: `OpenAI refuses ${attempts[doing]}`,
        cause: said,
        fix:
          doing === "minting"
            ? `Look at ${report.param ?? "the model and all else"} in the profile's session in broker.yaml.`
            : "Look at what OpenAI says; where that is not its own words, at the address and at proxies on the way.",
      };
  }
};

/** The same of an answer. */
export const answerRefusal = (
  doing: Attempt,
  { status, headers, text, at }: Answer,
  key: KeyFacts,
): Refusal => refusalOf(doing, readErrorResponse(readErrorBody(status, text), headers, at), key);

const invalid = (report: UpstreamReport, said: string, key: KeyFacts): Refusal => {
  const code = report.code ?? "";
  if (/organization/.test(code) && !/deactivated/.test(code)) {
    return {
      check: "key.organization",
      title: "does not belong to the configured organization",
      cause: said,
      fix: key.organization
        ? "Set OPENAI_ORG_ID (the entry's organization) to the key's own, or leave it out."
        : `Set ${key.setting} to a key of the right organization.`,
    };
  }
  if (/project/.test(code)) {
    return {
      check: "key.project",
      title: "does not belong to the configured project",
      cause: said,
      fix: "Set OPENAI_PROJECT_ID (the entry's project) to the key's own, or leave it out.",
    };
  }
  if (/deactivated|terminated/.test(code)) {
    return {
      check: "key.deactivated",
      title: "its account was deactivated",
      cause: said,
      fix: "Ask OpenAI's support; meanwhile use a key of another account.",
    };
  }
  return {
    check: "key.unknown",
    title: "OpenAI does not know it",
    cause: `${said} It was deleted, is mistyped, or belongs to another region or server.`,
    fix: `Set ${key.setting} to a key of ${KEYS_PAGE}, and see that ${new URL(key.baseUrl).host} is where it is from.`,
  };
};

const refused = (doing: Attempt, report: UpstreamReport, said: string, key: KeyFacts): Refusal => {
  if (report.code === "unsupported_country_region_territory") {
    return {
      check: "key.region",
      title: "OpenAI does not serve the place where this service runs",
      cause: said,
      fix: "Run the service in a supported country, or use Azure OpenAI or a regional address.",
    };
  }
  return {
    check: "key.refused",
    title: `is refused for ${attempts[doing]}`,
    cause: said,
    fix: `Look at the key's permissions and allowed addresses at ${KEYS_PAGE}, and at ${key.setting}.`,
  };
};

const unanswered = (
  doing: Attempt,
  how: Extract<Outcome, { kind: "failed" }>["how"],
  said: string,
): Refusal => {
  const reasons = {
    connection: "The connection broke.",
    timeout: "There was no answer in time.",
    error: said,
    gateway: `${said} It comes from a proxy in front of OpenAI, or from one of your own.`,
  };
  return {
    check: `${doing}.failed`,
    title: `OpenAI does not answer ${attempts[doing]}`,
    cause: reasons[how],
    fix: "Look at https://status.openai.com, and try again in some minutes.",
  };
};

// The report's message has no keys in it.
const saidOf = ({ status, code, message }: UpstreamReport): string => {
  const words = message?.replace(/\s+/g, " ").trim();
  const inBrackets = code === undefined ? "" : ` (${code})`;
  return `OpenAI answered ${status ?? "nothing"}${inBrackets}${words ? `: ${words.endsWith(".") ? words.slice(0, -1) : words}` : ""}.`;
};

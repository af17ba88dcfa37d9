// Refusals in OpenAI's shape, for its clients under /v1: they raise the exceptions that a program expects.
import { Failure } from "../../failures/failure.ts";

export interface OpenAiErrorBody {
  error: { message: string; type: string; param: string | null; code: string };
}

/** Whether a path is one of OpenAI's, where its clients expect its errors. */
export const isOpenAiAddress = (path: string): boolean => path === "/v1" || path.startsWith("/v1/");

const withoutVersion =
  /^\/(?:audio|batches|chat|completions|containers|conversations|embeddings|files|images|models|moderations|realtime|responses|uploads|vector_stores|videos)(?:\/|$)/;

/** Says what is wrong with the address where nothing is found there and it is one of OpenAI's but for its version. */
export const tellMissingVersion = (failure: Failure, path: string): Failure =>
  failure.code === "not-found" && withoutVersion.test(path) ? new Failure("version-missing") : failure;

/** The failure with OpenAI's own code where it has one, else with ours. */
export const openAiErrorOf = (failure: Failure): OpenAiErrorBody => {
  const [first] = failure.errors ?? [];
  const where = first ? ` (${first.pointer}: ${first.detail})` : "";
  return {
    error: {
      message: `${failure.title}. ${failure.detail}${where}`,
      type: types[failure.code] ?? typeOf(failure.status),
      param: first ? first.pointer.slice(1).replaceAll("/", ".") : null,
      code: codes[failure.code] ?? failure.code,
    },
  };
};

const typeOf = (status: number): string => {
  if (status === 429) return "requests";
  return status >= 500 ? "server_error" : "invalid_request_error";
};

const types: Partial<Record<Failure["code"], string>> = { "budget-exceeded": "insufficient_quota" };

// The codes that programs compare with.
const codes: Partial<Record<Failure["code"], string>> = {
  "credentials-missing": "invalid_api_key",
  "credentials-rejected": "invalid_api_key",
  "limit-exceeded": "rate_limit_exceeded",
  // Programs that find this code do not try again.
  "budget-exceeded": "insufficient_quota",
  "upstream-limited": "rate_limit_exceeded",
  "input-flagged": "content_policy_violation",
};

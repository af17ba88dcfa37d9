// Renders refusals: RFC 9457 problem+json, or OpenAI's shape under /v1.
import { Failure } from "../../failures/failure.ts";
import { isOpenAiAddress, openAiErrorOf } from "./openai-error.ts";

/** The body of a refusal outside of /v1. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  user_message: string;
  errors?: { pointer: string; detail: string }[];
  "violated-policies"?: string[];
}

/** `basePath` is what the caller's address has before the service's own paths. */
export const problemOf = (failure: Failure, requestId: string, basePath: string): Problem => ({
  type: `${basePath}/problems/${failure.code}`,
  title: failure.title,
  status: failure.status,
  detail: failure.detail,
  instance: requestId,
  user_message: failure.userMessage,
  ...(failure.errors && { errors: failure.errors }),
  ...(failure.violatedPolicies && { "violated-policies": failure.violatedPolicies }),
});

export const asFailure = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure("internal", undefined, { cause: error });

/** A refusal as it is answered. */
export interface RenderedFailure {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The refusal in the shape that clients of this path expect. */
export const renderFailure = (
  failure: Failure,
  path: string,
  requestId: string,
  basePath: string,
): RenderedFailure => {
  const isOpenAi = isOpenAiAddress(path) || failure.code === "version-missing";
  const headers: Record<string, string> = {
    "content-type": isOpenAi ? "application/json" : "application/problem+json",
    "cache-control": "no-store",
    ...failure.headers,
  };
  if (failure.status === 401) headers["www-authenticate"] = signInBy(failure, basePath);
  const body = isOpenAi ? openAiErrorOf(failure) : problemOf(failure, requestId, basePath);
  return { status: failure.status, headers, body: JSON.stringify(body) };
};

const BEARER = 'Bearer realm="realtime-key-broker"';

const signInBy = ({ code }: Failure, basePath: string): string =>
  code === "challenge-required" ? `Altcha challenge="${basePath}/challenge", ${BEARER}` : BEARER;

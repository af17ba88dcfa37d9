// The one place where a refusal becomes an answer: RFC 9457 problem+json, or OpenAI's shape under /v1.
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Failure } from "../../failures/failure.ts";
import type { BrokerContext } from "../context.ts";
import { isOpenAiAddress, openAiErrorOf } from "./openai-error.ts";

/** The body of every refusal. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: { pointer: string; detail: string }[];
  "violated-policies"?: string[];
}

export const problemOf = (failure: Failure, requestId: string): Problem => ({
  type: `/problems/${failure.code}`,
  title: failure.title,
  status: failure.status,
  detail: failure.detail,
  instance: requestId,
  ...(failure.errors && { errors: failure.errors }),
  ...(failure.violatedPolicies && { "violated-policies": failure.violatedPolicies }),
});

export const asFailure = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure("internal", undefined, { cause: error });

/** Answers a refusal. What is not a `Failure` is answered as `internal`, and only the log learns more. */
export const renderFailure = (c: BrokerContext, failure: Failure): Response => {
  const isOpenAi = isOpenAiAddress(c.req.path);
  const headers: Record<string, string> = {
    "content-type": isOpenAi ? "application/json" : "application/problem+json",
    "cache-control": "no-store",
    ...failure.headers,
  };
  if (failure.status === 401) headers["www-authenticate"] = signInBy(failure);
  const body = isOpenAi ? openAiErrorOf(failure) : problemOf(failure, c.get("requestId"));
  return c.body(JSON.stringify(body), failure.status as ContentfulStatusCode, headers);
};

const BEARER = 'Bearer realm="realtime-key-broker"';

const signInBy = ({ code }: Failure): string =>
  code === "challenge-required" ? `Altcha challenge="/challenge", ${BEARER}` : BEARER;

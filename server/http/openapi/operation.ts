// What is said of one route, and what many of them have in common.
import type { z } from "zod";
import type { FailureCode } from "../../failures/failure.ts";

export interface Operation {
  /** The name that generated clients give it. */
  id: string;
  summary: string;
  description?: string;
  /** Whether it answers without credentials. */
  open: boolean;
  pathParameters?: Record<string, string>;
  query?: z.ZodObject;
  body?: z.ZodObject;
  /** The success answer: media type and, for JSON, its schema. */
  answer: { description: string; content: Record<string, z.ZodType | "text"> };
  /** Its status; 200 when left out. */
  status?: number;
  /** Takes any argument, as the tool's own schema says. */
  anyArguments?: boolean;
  failures: readonly FailureCode[];
  notModified?: boolean;
  /** Whether OpenAI's own answer is passed on, whatever it is. */
  relays?: boolean;
  /** Whether limits do not count it: a probe must not fail because somebody floods the service. */
  unlimited?: boolean;
}

/** Failures of every route that asks who is calling. */
export const signIn: FailureCode[] = [
  "challenge-required",
  "credentials-in-query",
  "credentials-missing",
  "credentials-rejected",
  "identity-provider-unavailable",
  "shared-state-unavailable",
  "store-unavailable",
];
/** Of those that read a body. */
export const body: FailureCode[] = [
  ...(["request-malformed", "request-too-large", "media-type-unsupported", "overloaded"] as const),
];
/** Of those that mint. */
export const minting: FailureCode[] = [
  ...(["draining", "profile-forbidden", "profile-unknown", "key-request-invalid"] as const),
  ...(["upstream-refused", "upstream-timeout", "upstream-unavailable"] as const),
  ...(["upstream-limited", "upstream-scope-missing"] as const),
];

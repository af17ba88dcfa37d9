// The key request in a query or a body, and what it is granted.

import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import type { Grant, Minting } from "../../mint/mint.ts";
import { redact } from "../../observe/redact.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import type { LimitedBody } from "../request/body.ts";
import { readJsonBy } from "../request/json-input.ts";
import { readQuery } from "../request/query.ts";
import { countedBy } from "./limits.ts";

/** A key request is small. */
export const KEY_REQUEST_BYTES = 64 * 1024;

const profile = z.string().max(64).optional().describe("The profile to use; `default` when left out.");

export const keyRequestQuery = z.strictObject({ profile });

export const keyRequestBody = z.strictObject({
  profile,
  session: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Session fields to override, of those that the profile's `overrides` allow."),
});

/** The key request in a query string. Throws `key-request-invalid`. */
export const readKeyRequestQuery = (query: string): z.output<typeof keyRequestQuery> =>
  query === "" ? {} : readQuery(keyRequestQuery, query, "key-request-invalid");

/** The JSON object in a body. Throws `key-request-invalid`, or what reading the body throws. */
export const readKeyRequestBody = <Schema extends z.ZodType>(
  schema: Schema,
  body: LimitedBody | undefined,
): Promise<z.output<Schema>> => readJsonBy(schema, body, "key-request-invalid");

export interface MintServices {
  minting: Minting;
}

/** Adds the grant. Refuses what cannot be granted, before anything is counted. */
export const resolveProfile = step(
  ["profile-unknown", "profile-forbidden", "key-request-invalid"],
  (
    facts: RequestFacts & { caller: Caller; keyRequest: KeyRequest },
    { minting }: MintServices,
  ): { grant: Grant } => {
    const { caller, keyRequest } = facts;
    facts.subject = { kind: "mint", profile: redact(keyRequest.profile ?? "default") };
    const grant = minting.grant(caller, keyRequest);
    facts.model = grant.model;
    return { grant };
  },
);

/** Adds the session's type, which is one of Realtime's. */
export const resolveRealtime = step(
  ["key-request-invalid"],
  ({ grant }: RequestFacts & { grant: Grant }): { sessionType: "realtime" | "transcription" } => {
    const { type } = grant.session;
    if (type !== "live") return { sessionType: type };
    const detail = `The profile ${grant.profile} speaks GPT-Live: get its ticket from /ephemeral-key, and post the offer to /v1/live/sessions.`;
    throw new Failure("key-request-invalid", detail);
  },
);

/** Refuses a profile that is not GPT-Live. */
export const checkLive = step(["key-request-invalid"], ({ grant }: RequestFacts & { grant: Grant }): void => {
  if (grant.session.type === "live") return;
  const detail = `The profile ${grant.profile} is not GPT-Live: post the offer to /v1/realtime/calls, or where \`connect\` of its key says.`;
  throw new Failure("key-request-invalid", detail);
});

export const countMint = countedBy(
  ({ caller, grant }: RequestFacts & { caller: Caller; grant: Grant }, limitChecks) =>
    limitChecks.mint(caller, grant.profile),
);

/** What OpenAI may make of a mint. */
export const upstreamFailures = [
  ...(["upstream-refused", "upstream-timeout", "upstream-unavailable"] as const),
  ...(["upstream-limited", "upstream-scope-missing"] as const),
];

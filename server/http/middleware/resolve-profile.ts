// Finds the profile that a key request means, and what it grants.
import type { Caller } from "../../auth/caller.ts";
import type { Grant } from "../../mint/grant.ts";
import type { Minting } from "../../mint/mint.ts";
import { redact } from "../../observe/redact.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { countedBy } from "./rate-limits.ts";

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
    return { grant: minting.grant(caller, keyRequest) };
  },
);

export const countMint = countedBy(
  ({ caller, grant }: RequestFacts & { caller: Caller; grant: Grant }, limitChecks) =>
    limitChecks.mint(caller, grant.profile),
);

/** What OpenAI may make of a mint. */
export const upstreamFailures = [
  ...(["upstream-refused", "upstream-timeout", "upstream-unavailable"] as const),
  ...(["upstream-limited", "upstream-scope-missing"] as const),
];

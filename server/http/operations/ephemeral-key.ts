// GET or POST /ephemeral-key: mints a key for a page.
import type { Caller } from "../../auth/caller.ts";
import type { Grant } from "../../mint/grant.ts";
import type { EphemeralKey } from "../../mint/mint.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/accept-work.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitInFlight } from "../middleware/concurrency.ts";
import { bodyFailures, limitBody } from "../middleware/limit-body.ts";
import { refuseHead } from "../middleware/refuse-head.ts";
import {
  countMint,
  type MintServices,
  resolveProfile,
  upstreamFailures,
} from "../middleware/resolve-profile.ts";
import { ephemeralKeySchema } from "../openapi/response-schemas.ts";
import { operation, step } from "../operation.ts";
import { type ReportServices, report } from "../report.ts";
import type { LimitedBody } from "../request/body.ts";
import {
  KEY_REQUEST_BYTES,
  keyRequestBody,
  keyRequestQuery,
  readKeyRequestBody,
  readKeyRequestQuery,
} from "../request/key-request.ts";

const readKeyRequest = step(
  ["key-request-invalid", ...bodyFailures],
  async ({
    method,
    query,
    body,
  }: RequestFacts & { body: LimitedBody | undefined }): Promise<{ keyRequest: KeyRequest }> => {
    const keyRequest = readKeyRequestQuery(query);
    if (method === "GET") return { keyRequest };
    return { keyRequest: { ...keyRequest, ...(await readKeyRequestBody(keyRequestBody, body)) } };
  },
);

export const ephemeralKey = operation({
  routes: { "GET /ephemeral-key": "getEphemeralKey", "POST /ephemeral-key": "createEphemeralKey" },
  summary: "Mint a short-lived key for a Realtime session",
  description:
    "Fetches one OpenAI Realtime client secret for the caller's profile. Each call mints a new key; none is kept. Until it expires the key can start sessions, so hand it to one page only.",
  query: keyRequestQuery,
  body: keyRequestBody,
  answer: jsonAnswer("A fresh key.", ephemeralKeySchema),
  failures: upstreamFailures,
})
  .step(refuseHead)
  .step(acceptWork)
  .step(authenticate)
  .step(limitInFlight)
  .step(limitBody(KEY_REQUEST_BYTES))
  .step(readKeyRequest)
  .step(resolveProfile)
  .step(countMint)
  .handle(mintFor);

/** Mints what was granted, and reports it. */
export async function mintFor(
  facts: RequestFacts & { caller: Caller; grant: Grant },
  services: MintServices & ReportServices,
): Promise<EphemeralKey> {
  const { caller, grant, signal } = facts;
  const { key, openAiRequestId, upstreamKey } = await services.minting.mint(caller, grant, signal);
  report(facts, services, {
    kind: "minted",
    profile: grant.profile,
    model: grant.model,
    session: key.session.id,
    upstreamKey,
    openAiRequestId,
  });
  return key;
}

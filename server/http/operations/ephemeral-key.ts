// GET or POST /ephemeral-key: mints a key for a page.

import type { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import { type Grant, safeSession } from "../../mint/mint.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { connectAddresses } from "../../upstream/upstream.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork, refuseHead } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { reserveMint } from "../middleware/budgets.ts";
import {
  countMint,
  KEY_REQUEST_BYTES,
  keyRequestBody,
  keyRequestQuery,
  type MintServices,
  readKeyRequestBody,
  readKeyRequestQuery,
  resolveProfile,
  upstreamFailures,
} from "../middleware/key-request.ts";
import { limitInFlight } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { readTagHeader } from "../middleware/tags.ts";
import { ephemeralKeySchema } from "../openapi/response-schemas.ts";
import { operation, step } from "../operation.ts";
import type { LimitedBody } from "../request/body.ts";
import { bodyFailures, limitBody } from "../request/body.ts";
import { type OwnAddressServices, ownAddress } from "../request/own-address.ts";
import { type ReportServices, report } from "../run.ts";
import type { UsageReportServices } from "./usage-reports.ts";

type Needs = RequestFacts & { body: LimitedBody | undefined };

const readKeyRequest = step(
  ["key-request-invalid", ...bodyFailures],
  ({ method, query, body }: Needs): { keyRequest: KeyRequest } | Promise<{ keyRequest: KeyRequest }> => {
    const keyRequest = readKeyRequestQuery(query);
    return method === "GET" ? { keyRequest } : readRest(keyRequest, body);
  },
);

const readRest = async (
  keyRequest: KeyRequest,
  body: Needs["body"],
): Promise<{ keyRequest: KeyRequest }> => ({
  keyRequest: { ...keyRequest, ...(await readKeyRequestBody(keyRequestBody, body)) },
});

export const ephemeralKey = operation({
  routes: { "GET /ephemeral-key": "getEphemeralKey", "POST /ephemeral-key": "createEphemeralKey" },
  summary: "Mint a short-lived key for a Realtime session",
  description:
    "Fetches one OpenAI Realtime client secret for the caller's profile. Each call mints a new key; none is kept. Until it expires the key can start sessions, so hand it to one page only. Where the profile is supervised, the key is a ticket for one session, which this service takes in place of OpenAI.",
  query: keyRequestQuery,
  body: keyRequestBody,
  answer: jsonAnswer("A fresh key.", ephemeralKeySchema),
  failures: [...upstreamFailures, "request-malformed", "store-unavailable"],
})
  .step(refuseHead)
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticate)
  .step(limitInFlight)
  .step(readTagHeader)
  .step(limitBody(KEY_REQUEST_BYTES))
  .step(readKeyRequest)
  .step(resolveProfile)
  .step(countMint)
  .step(reserveMint)
  .handle(keyFor);

type Granted = RequestFacts & { caller: Caller; grant: Grant };

type KeyServices = MintServices &
  ReportServices &
  OwnAddressServices &
  Pick<UsageReportServices, "takesUsageReports"> & { sessions: Pick<Sessions, "issueTicket"> };

/** A key of OpenAI's, or a ticket where the profile is supervised. */
export async function keyFor(
  facts: Granted & { keyRequest: KeyRequest },
  services: KeyServices,
): Promise<z.output<typeof ephemeralKeySchema>> {
  return facts.grant.supervision === "none" ? mintFor(facts, services) : ticketFor(facts, services);
}

/** Promises a session, and reports it. Nothing is asked of OpenAI. */
const ticketFor = async (
  facts: Granted & { keyRequest: KeyRequest },
  services: KeyServices,
): Promise<z.output<typeof ephemeralKeySchema>> => {
  const { caller, grant, keyRequest } = facts;
  const address = `${ownAddress(facts, services)}/v1`;
  const live = grant.session.type === "live" && { live: `${address}/live/sessions` };
  const issued = await services.sessions.issueTicket(caller, keyRequest, grant, facts.tags ?? []);
  const { profile, model, session } = grant;
  report(facts, services, { kind: "ticket-issued", profile, model, session: issued.sessionId });
  return {
    value: issued.value.reveal(),
    expires_at: issued.expiresAt,
    profile,
    session: safeSession(session.type, session),
    connect: { ...connectAddresses(address), ...live },
    supervision: {
      session: issued.sessionId,
      grant: issued.grant.reveal(),
      server_tools: [...grant.voice.serverTools],
    },
  };
};

/** Mints what was granted, and reports it. */
export async function mintFor(
  facts: Granted,
  services: MintServices & ReportServices & Pick<UsageReportServices, "takesUsageReports">,
): Promise<z.output<typeof ephemeralKeySchema>> {
  const { caller, grant, signal } = facts;
  const { key, openAiRequestId, upstreamKey } = await services.minting.mint(caller, grant, signal, facts);
  report(facts, services, {
    kind: "minted",
    profile: grant.profile,
    model: grant.model,
    session: key.session.id,
    upstreamKey,
    openAiRequestId,
  });
  const asked = services.takesUsageReports && ({ usage_reports: true } as const);
  return { ...key, value: key.value.reveal(), ...asked };
}

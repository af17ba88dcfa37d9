// Starts a supervised session for a browser, whichever of OpenAI's interfaces it speaks.
import type { Caller } from "../../auth/caller.ts";
import type { Grant } from "../../mint/mint.ts";
import type { Sessions, StartedSession } from "../../sessions/sessions.ts";
import type { RequestFacts } from "../facts.ts";
import { type ReportServices, report } from "../run.ts";
import { type AuthenticateServices, refuse } from "./authenticate.ts";
import type { Ticketed } from "./ticket.ts";

export type StartFacts = RequestFacts & Ticketed & { caller: Caller; grant: Grant; offer: string };

export type StartServices = ReportServices & AuthenticateServices & { sessions: Pick<Sessions, "start"> };

/**
 * Starts it, and reports it. The headers tell its name, and the grant to callers with credentials of their own. A ticket that was used
 * meanwhile counts as a guess of the address.
 */
export const startSupervised = async (
  facts: StartFacts,
  services: StartServices,
): Promise<Pick<StartedSession, "answer" | "session"> & { headers: Record<string, string> }> => {
  const { requestId, tags = [], caller, grant, ticket, offer, signal } = facts;
  const request = { caller, grant, ticket, offer, tags, requestId, signal, attemptLog: facts };
  const started = await services.sessions
    .start(request)
    .catch((error: unknown) => refuse(error, facts, services));
  const { session, answer } = started;
  const { id, profile, model, upstreamKey = "" } = session;
  const job = { kind: "session-started", profile, model, session: id, upstreamKey } as const;
  report(facts, services, { ...job, openAiRequestId: undefined });
  const headers = {
    "x-broker-request-id": requestId,
    "x-broker-session": id,
    ...(started.grant && { "x-broker-session-grant": started.grant.reveal() }),
  };
  return { session, answer, headers };
};

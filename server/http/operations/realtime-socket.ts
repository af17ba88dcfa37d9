// GET /v1/realtime: a WebSocket session under the caller's profile, for clients that do not speak WebRTC.
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import type { Grant } from "../../mint/mint.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import type { CarriedSocket, VoiceSocketReceiver } from "../../upstream/calls.ts";
import type { Fields } from "../../upstream/relay.ts";
import type { Upstream } from "../../upstream/upstream.ts";
import { streamed } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork, refuseHead } from "../middleware/admission.ts";
import { type AuthenticateServices, refuse } from "../middleware/authenticate.ts";
import { reserveSocket } from "../middleware/budgets.ts";
import { countMint, resolveProfile, resolveRealtime, upstreamFailures } from "../middleware/key-request.ts";
import { limitSockets } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { readTagHeader } from "../middleware/tags.ts";
import {
  authenticateOrTicket,
  checkTicketRequest,
  resolveTicketRequest,
  sessionFailures,
  type Ticketed,
  unlessTicket,
} from "../middleware/ticket.ts";
import { operation, step } from "../operation.ts";
import { readQuery } from "../request/query.ts";
import { protocolsOf } from "../request/socket-protocols.ts";
import { type ReportServices, report } from "../run.ts";
import type { AcceptSocket } from "../server/accept-socket.ws.ts";
import { mintFor } from "./ephemeral-key.ts";

/** The query, as OpenAI's clients send it, and the profile. */
const socketQuery = z.strictObject({
  profile: z.string().max(64).optional().describe("The profile to use; `default` when left out."),
  model: z.string().max(256).optional().describe("The profile's model, or one that its `overrides` allow."),
  intent: z.enum(["transcription"]).optional().describe("What the profile says, whatever stands here."),
});

const readSocketRequest = step(
  ["upgrade-required", "key-request-invalid"],
  ({ outgoing, query }: RequestFacts): { keyRequest: KeyRequest } => {
    if (!outgoing.upgrade) {
      throw new Failure("upgrade-required", undefined, { headers: { upgrade: "websocket" } });
    }
    const { profile, model } = readQuery(socketQuery, query, "key-request-invalid");
    return { keyRequest: { profile, ...(model !== undefined && { session: { model } }) } };
  },
);

/** Mints a key, opens OpenAI's WebSocket with it, and joins the two connections until both have ended. */
export const realtimeSocket = operation({
  routes: { "GET /v1/realtime": "openRealtimeSocket" },
  summary: "A Realtime session over a WebSocket",
  description:
    "The profile decides what the session is, as with /ephemeral-key; OpenAI's events pass unchanged, so the caller sees the session's instructions and tools in `session.created`. The token may also come as the subprotocol `openai-insecure-api-key.TOKEN`, as browsers must send it. The WebSocket is cut within a second of the token's end. A ticket of /ephemeral-key may stand in the token's place, once: then, and for every supervised profile, the service reads what passes, and watches over the session.",
  query: socketQuery,
  answer: streamed("The WebSocket opens.", {}, { status: 101 }),
  failures: [...upstreamFailures, ...sessionFailures, "request-malformed"],
})
  .step(refuseHead)
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticateOrTicket)
  .step(limitSockets)
  .step(unlessTicket(readTagHeader))
  .step(readSocketRequest)
  .step(resolveTicketRequest)
  .step(resolveProfile)
  .step(checkTicketRequest)
  .step(resolveRealtime)
  .step(unlessTicket(countMint))
  .step(unlessTicket(reserveSocket))
  .handle(async (facts, services: Parameters<typeof mintFor>[1] & SocketServices) => {
    const { outgoing, signal, requestId } = facts;
    if (facts.grant.supervision !== "none") return carry(facts, services);
    const { value, connect } = await mintFor(facts, services);
    const headers = [...openingFields(facts), "authorization", `Bearer ${value}`];
    const socket = await services.openSocket({ url: connect.websocket, headers, signal });
    const caller = outgoing.switchProtocols(openedFields(socket.headers, requestId));
    const { connection } = socket;
    // How a session ends is between its two ends; when one of them breaks, so does the other.
    await Promise.allSettled([pipeline(caller, connection), pipeline(connection, caller)]);
  });

export interface SocketServices extends AuthenticateServices {
  openSocket: Upstream["openSocket"];
  sessions: Pick<Sessions, "carry">;
  acceptSocket: AcceptSocket<VoiceSocketReceiver, CarriedSocket>;
}

/** Speaks WebSocket with both sides, so that the session is watched over. */
const carry = async (
  facts: RequestFacts & Ticketed & { caller: Caller; grant: Grant },
  services: ReportServices & SocketServices,
): Promise<void> => {
  const { incoming, outgoing, requestId, tags = [] } = facts;
  const { caller, grant, ticket, signal } = facts;
  checkOpening(facts);
  const fields = { "x-broker-request-id": requestId };
  const request = { caller, grant, ticket, tags, requestId, signal, attemptLog: facts };
  const { session, ended } = await services.sessions
    .carry({
      ...request,
      accept: (receiver) => services.acceptSocket({ incoming, outgoing, fields }, receiver),
    })
    .catch((error: unknown) => refuse(error, facts, services));
  const { id, profile, model, upstreamKey = "" } = session;
  const job = { kind: "session-started", profile, model, session: id, upstreamKey } as const;
  report(facts, services, { ...job, openAiRequestId: undefined });
  await ended;
};

// Before anything is opened at OpenAI: what `ws` would refuse later (RFC 6455, 4.2.1).
const checkOpening = (facts: RequestFacts): void => {
  const isProper =
    /^[+/\w]{22}==$/.test(facts.header("sec-websocket-key") ?? "") &&
    facts.header("sec-websocket-version") === "13";
  if (isProper) return;
  throw new Failure(
    "request-malformed",
    "Sec-WebSocket-Key or Sec-WebSocket-Version is not as RFC 6455 has it.",
    {
      headers: { "sec-websocket-version": "13" },
    },
  );
};

// Of the subprotocols only the one that OpenAI knows: another may be the caller's token.
const openingFields = (facts: RequestFacts): string[] => {
  const protocols = protocolsOf(facts.header("sec-websocket-protocol")).filter(
    (protocol) => protocol === "realtime",
  );
  const fields = ["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"].flatMap(
    (name) => {
      const field = facts.header(name);
      return field === undefined ? [] : [name, field];
    },
  );
  return protocols.length === 0 ? fields : [...fields, "sec-websocket-protocol", protocols.join(", ")];
};

// OpenAI also says whose account it is, which is no caller's business.
const openedHeaders = [
  ...["sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-protocol"],
  ...["openai-processing-ms", "openai-version", "x-request-id"],
];

const openedFields = (fields: Fields, requestId: string): Record<string, string> => {
  const opened: Record<string, string> = { "x-broker-request-id": requestId };
  for (const name of openedHeaders) {
    const value = fields[name];
    if (typeof value === "string") opened[name] = value;
  }
  return opened;
};

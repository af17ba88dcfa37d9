// GET /v1/realtime: a WebSocket session under the caller's profile, for clients that do not speak WebRTC.
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { Failure } from "../../failures/failure.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import type { Fields } from "../../upstream/relay.ts";
import type { Upstream } from "../../upstream/upstream.ts";
import { streamed } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork, refuseHead } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { reserveSocket } from "../middleware/budgets.ts";
import { countMint, resolveProfile, resolveRealtime, upstreamFailures } from "../middleware/key-request.ts";
import { limitSockets } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { readTagHeader } from "../middleware/tags.ts";
import { operation, step } from "../operation.ts";
import { readQuery } from "../request/query.ts";
import { protocolsOf } from "../request/socket-protocols.ts";
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
    "The profile decides what the session is, as with /ephemeral-key; OpenAI's events pass unchanged, so the caller sees the session's instructions and tools in `session.created`. The token may also come as the subprotocol `openai-insecure-api-key.TOKEN`, as browsers must send it. The WebSocket is cut within a second of the token's end.",
  query: socketQuery,
  answer: streamed("The WebSocket opens.", {}, { status: 101 }),
  failures: upstreamFailures,
})
  .step(refuseHead)
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticate)
  .step(limitSockets)
  .step(readTagHeader)
  .step(readSocketRequest)
  .step(resolveProfile)
  .step(resolveRealtime)
  .step(countMint)
  .step(reserveSocket)
  .handle(async (facts, services: Parameters<typeof mintFor>[1] & { openSocket: Upstream["openSocket"] }) => {
    const { outgoing, signal, requestId } = facts;
    const { value, connect } = await mintFor(facts, services);
    const headers = [...openingFields(facts), "authorization", `Bearer ${value}`];
    const socket = await services.openSocket({ url: connect.websocket, headers, signal });
    const caller = outgoing.switchProtocols(openedFields(socket.headers, requestId));
    const { connection } = socket;
    // How a session ends is between its two ends; when one of them breaks, so does the other.
    await Promise.allSettled([pipeline(caller, connection), pipeline(connection, caller)]);
  });

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

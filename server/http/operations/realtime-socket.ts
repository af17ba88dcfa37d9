// GET /v1/realtime: a WebSocket session under the caller's profile, for clients that do not speak WebRTC.
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { Failure } from "../../failures/failure.ts";
import type { Fields } from "../../upstream/relay.ts";
import type { Upstream } from "../../upstream/upstream.ts";
import {
  alreadySent,
  type BrokerContext,
  type Handler,
  header,
  type Middleware,
  rawQuery,
} from "../context.ts";
import { callerSignal } from "../request/caller-signal.ts";
import { protocolsOf } from "../request/socket-protocols.ts";
import {
  checkKeyRequest,
  type EphemeralKeyServices,
  mintFor,
  type ProfileServices,
  readQuery,
  resolveProfile,
} from "./ephemeral-key.ts";

export interface SocketServices extends ProfileServices, Pick<EphemeralKeyServices, "mint"> {
  openTunnel: Upstream["openSocket"];
}

/** The query, as OpenAI's clients send it, and the profile. */
export const socketQuery = z.strictObject({
  profile: z.string().max(64).optional().describe("The profile to use; `default` when left out."),
  model: z.string().max(256).optional().describe("The profile's model, or one that its `overrides` allow."),
  intent: z.enum(["transcription"]).optional().describe("What the profile says, whatever stands here."),
});

/** Finds the session that the caller may have. Throws `upgrade-required` where no WebSocket is asked for. */
export const readSocketRequest = (services: ProfileServices): Middleware =>
  async function readSocketRequest(c, next) {
    if (!c.env.outgoing.upgrade) {
      throw new Failure("upgrade-required", undefined, { headers: { upgrade: "websocket" } });
    }
    const { profile, model } = checkKeyRequest(socketQuery, readQuery(rawQuery(c)));
    resolveProfile(c, services, { profile, ...(model !== undefined && { session: { model } }) });
    await next();
  };

/** Mints a key, opens OpenAI's WebSocket with it, and ties the two connections together until both have ended. */
export const realtimeSocket =
  (services: Pick<SocketServices, "mint" | "openTunnel">): Handler =>
  async (c) => {
    const { value, connect } = await mintFor(c, services);
    const headers = [...openingFields(c), "authorization", `Bearer ${value}`];
    const tunnel = await services.openTunnel({ url: connect.websocket, headers, signal: callerSignal(c) });
    const caller = c.env.outgoing.switchProtocols(openedFields(tunnel.headers, c.get("requestId")));
    const { connection } = tunnel;
    // How a session ends is between its two ends; when one of them breaks, so does the other.
    await Promise.allSettled([pipeline(caller, connection), pipeline(connection, caller)]);
    return alreadySent;
  };

// Of the subprotocols the one that OpenAI knows: whatever else stands there may be a caller's token.
const openingFields = (c: BrokerContext): string[] => {
  const protocols = protocolsOf(header(c, "sec-websocket-protocol")).filter(
    (protocol) => protocol === "realtime",
  );
  const fields = ["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions"].flatMap(
    (name) => {
      const field = header(c, name);
      return field === undefined ? [] : [name, field];
    },
  );
  return protocols.length === 0 ? fields : [...fields, "sec-websocket-protocol", protocols.join(", ")];
};

// OpenAI also says whose account it is, which is none of the caller's business.
const comingBack = [
  ...["sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-protocol"],
  ...["openai-processing-ms", "openai-version", "x-request-id"],
];

const openedFields = (fields: Fields, requestId: string): Record<string, string> => {
  const opened: Record<string, string> = { "x-broker-request-id": requestId };
  for (const name of comingBack) {
    const value = fields[name];
    if (typeof value === "string") opened[name] = value;
  }
  return opened;
};

// OpenAI's routes of GPT-Live: create a session with an SDP offer, hang it up.
import type { Context } from "hono";
import { parseJson } from "../http/body.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { accept } from "../http/refusal.ts";
import { type CallOwner, ownerOf } from "../keys/call-owner.ts";
import { bearer, type Credentials } from "../keys/credentials.ts";
import type { GptLiveSessions } from "./gpt-live-sessions.ts";
import { createRequest } from "./session-schema.ts";

export interface LivePorts {
  credentials: Credentials;
  liveSessions: GptLiveSessions;
}

/** The owner that a request's key and headers name. Throws OpenAI's 401, for ephemeral keys, too. */
export const requestOwner = (c: Context, credentials: Credentials): CallOwner =>
  ownerOf(credentials.standardKey(bearer(c.req.header("authorization"))), (name) => c.req.header(name));

/** `POST /v1/live/sessions`. */
export const createLiveSession =
  ({ credentials, liveSessions }: LivePorts) =>
  async (c: Context): Promise<Response> => {
    const owner = requestOwner(c, credentials);
    const type = c.req.header("content-type") ?? "";
    if (!type.startsWith("application/json")) {
      const message = `Unsupported content type: '${type}'. This API method only accepts 'application/json' requests.`;
      throw new OpenAiError(400, "unsupported_content_type", message);
    }
    const { session, transport } = accept(createRequest, parseJson(await c.req.text()));
    const { id, answer } = await liveSessions.create(session, transport.sdp, owner);
    return c.json({ session: { id }, transport: { type: "webrtc", sdp: answer } }, 201);
  };

/** `POST /v1/live/sessions/{id}/hangup`. */
export const hangUpLiveSession =
  ({ credentials, liveSessions }: LivePorts) =>
  (c: Context): Response => {
    const owner = requestOwner(c, credentials);
    liveSessions.find(c.req.param("id") ?? "", owner).end("hangup");
    return c.body(null, 200);
  };

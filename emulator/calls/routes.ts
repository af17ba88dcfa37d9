// The routes of a call: start it with an SDP offer, hang it up.
import type { Context } from "hono";
import { parseJson } from "../http/body.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { accept } from "../http/refusal.ts";
import { ownerOf } from "../keys/call-owner.ts";
import { bearer, type Credentials } from "../keys/credentials.ts";
import { type SessionRequest, sessionRequest } from "../session/session-schema.ts";
import type { Switchboard } from "./switchboard.ts";

interface CallPorts {
  credentials: Credentials;
  switchboard: Switchboard;
}

/** `POST /v1/realtime/calls`: the bare offer with an ephemeral key, or offer and session with the standard key. */
export const startCall =
  ({ credentials, switchboard }: CallPorts) =>
  async (c: Context): Promise<Response> => {
    const credential = credentials.anyKey(bearer(c.req.header("authorization")));
    const { offer, session } = await readOffer(c);
    const request = credential.kind === "ephemeral" ? credential.session : (session ?? byModel(c));
    const owner = ownerOf(credential.holder, (name) => c.req.header(name));
    const { id, answer } = await switchboard.startCall(request, offer, owner);
    return c.body(answer, 201, { "content-type": "application/sdp", location: `/v1/realtime/calls/${id}` });
  };

/** `POST /v1/realtime/calls/{id}/hangup`, by the owner of the call. */
export const endCall =
  ({ credentials, switchboard }: CallPorts) =>
  (c: Context): Response => {
    const { holder } = credentials.anyKey(bearer(c.req.header("authorization")));
    const owner = ownerOf(holder, (name) => c.req.header(name));
    switchboard.findCall(c.req.param("id") ?? "", owner).end("hangup");
    return c.body(null, 200);
  };

const byModel = (c: Context): SessionRequest => {
  const model = c.req.query("model");
  return model ? { type: "realtime", model } : { type: "realtime" };
};

const readOffer = async (c: Context): Promise<{ offer: string; session?: SessionRequest }> => {
  const type = c.req.header("content-type") ?? "";
  if (type.startsWith("application/sdp")) return { offer: await c.req.text() };
  if (type.startsWith("multipart/form-data")) {
    const form = await c.req.formData().catch(() => {
      throw new OpenAiError(400, "invalid_multipart", "We could not parse the form of your request.");
    });
    const offer = await textOf(form.get("sdp"));
    if (!offer)
      throw new OpenAiError(400, "missing_required_parameter", "Missing required parameter: 'sdp'.", "sdp");
    const session = await textOf(form.get("session"));
    return session ? { offer, session: accept(sessionRequest, parseJson(session), "session") } : { offer };
  }
  const message = `Unsupported content type: '${type}'. This API method only accepts 'application/sdp' and 'multipart/form-data' requests.`;
  throw new OpenAiError(400, "unsupported_content_type", message);
};

// A part with a content type of its own arrives as a file.
const textOf = async (part: File | string | null): Promise<string> =>
  part === null || typeof part === "string" ? (part ?? "") : part.text();

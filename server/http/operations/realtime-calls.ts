// POST /v1/realtime/calls: starts a call under the caller's profile, without a key in the browser.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import { readMediaType } from "../../forms/media-type.ts";
import { boundaryOf, type FormPart, FormScanner } from "../../forms/multipart.ts";
import { readJsonObject } from "../../json/object.ts";
import type { Granted } from "../../profiles/compose.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { Recipient } from "../../upstream/relay.ts";
import { alreadySent, type BrokerContext, type Handler, header, type Middleware } from "../context.ts";
import { relayedFields } from "../middleware/cors.ts";
import { readBytes } from "../request/body.ts";
import { callerSignal } from "../request/caller-signal.ts";
import { respondTo } from "../response/relayed-response.ts";
import { type ProfileServices, readKeyRequestQuery, resolveProfile } from "./ephemeral-key.ts";

export interface CallServices extends ProfileServices {
  /** Resolves with the name of the key that was used, when the recipient has its answer. */
  startCall(
    caller: Caller,
    profile: Profile,
    granted: Granted,
    offer: string,
    signal: AbortSignal,
    recipient: Recipient,
  ): Promise<string>;
}

/** Reads the offer, and finds the session that the caller may have: `?profile=`, or the default. */
export const readCallRequest = (services: ProfileServices): Middleware =>
  async function readCallRequest(c, next) {
    const { profile } = readKeyRequestQuery(c);
    const { offer, session } = await readOffer(c);
    resolveProfile(c, services, { profile, session });
    c.set("offer", offer);
    await next();
  };

/** Answers with OpenAI's SDP. */
export const realtimeCall =
  ({ startCall }: Pick<CallServices, "startCall">): Handler =>
  async (c) => {
    const answer = respondTo(c.env.incoming, c.env.outgoing, relayedFields(c));
    const [caller, profile, granted] = [c.get("caller"), c.get("profile"), c.get("granted")];
    const key = await startCall(
      caller,
      profile,
      granted,
      c.get("offer"),
      callerSignal(c.env.outgoing),
      answer,
    );
    c.get("event").upstream_key = key;
    return alreadySent;
  };

interface Offer {
  offer: string;
  session?: Record<string, unknown>;
}

const readOffer = async (c: BrokerContext): Promise<Offer> => {
  const type = readMediaType(header(c, "content-type") ?? "");
  if (type?.essence === "application/sdp")
    return { offer: sdpIn((await readBytes(c.get("body"))).toString("utf8")) };
  if (type?.essence !== "multipart/form-data") {
    throw new Failure("media-type-unsupported", "Send application/sdp, or a form with `sdp` and `session`.");
  }
  const form = new FormScanner(boundaryOf(type));
  const bytes = await readBytes(c.get("body"), form.feed);
  const parts = form.finish(bytes);
  const offer = sdpIn(contentOf("sdp", parts, bytes)?.toString("utf8") ?? "");
  const session = contentOf("session", parts, bytes);
  if (!session) return { offer };
  const { value, errors } = readJsonObject(session);
  if (errors.length > 0) throw new Failure("key-request-invalid", undefined, { errors });
  return { offer, session: value };
};

const contentOf = (wanted: string, parts: readonly FormPart[], bytes: Buffer): Buffer | undefined => {
  const [part, another] = parts.filter(({ name }) => name === wanted);
  if (another) throw new Failure("request-malformed", `The form gives \`${wanted}\` more than once.`);
  return part && bytes.subarray(part.start, part.end);
};

const sdpIn = (text: string): string => {
  if (text.startsWith("v=0")) return text;
  throw new Failure("request-malformed", "The body must hold an SDP offer, which begins with v=0.");
};

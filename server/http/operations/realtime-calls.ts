// POST /v1/realtime/calls: starts a call under the caller's profile, without a key in the browser.
import { Failure } from "../../failures/failure.ts";
import { readMediaType } from "../../forms/media-type.ts";
import { boundaryOf, type FormPart, FormScanner } from "../../forms/multipart.ts";
import { readJsonObject } from "../../json/object.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import { MAX_OFFER_BYTES } from "../../sessions/start/offer.ts";
import { reply, streamed } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { reserveMint } from "../middleware/budgets.ts";
import {
  countMint,
  KEY_REQUEST_BYTES,
  keyRequestQuery,
  type MintServices,
  readKeyRequestQuery,
  resolveProfile,
  resolveRealtime,
  upstreamFailures,
} from "../middleware/key-request.ts";
import { limitInFlight } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { type StartFacts, type StartServices, startSupervised } from "../middleware/start-session.ts";
import { readTagHeader } from "../middleware/tags.ts";
import {
  authenticateOrTicket,
  checkTicketRequest,
  resolveTicketRequest,
  sessionFailures,
  unlessTicket,
} from "../middleware/ticket.ts";
import { operation, step } from "../operation.ts";
import { bodyFailures, type LimitedBody, limitBody, readBytes } from "../request/body.ts";
import { respondTo } from "../response/relayed-response.ts";
import { report } from "../run.ts";

interface Offer {
  /** The SDP of the call that a browser wants to start. */
  offer: string;
  keyRequest: KeyRequest;
}

const readOffer = step(
  ["key-request-invalid", ...bodyFailures],
  async (facts: RequestFacts & { body: LimitedBody | undefined }): Promise<Offer> => {
    const { body } = facts;
    const { profile } = readKeyRequestQuery(facts.query);
    const type = readMediaType(facts.header("content-type") ?? "");
    if (type?.essence === "application/sdp") {
      return { offer: sdpIn((await readBytes(body)).toString("utf8")), keyRequest: { profile } };
    }
    if (type?.essence !== "multipart/form-data") {
      throw new Failure(
        "media-type-unsupported",
        "Send application/sdp, or a form with `sdp` and `session`.",
      );
    }
    const form = new FormScanner(boundaryOf(type));
    const bytes = await readBytes(body, form.feed);
    const parts = form.finish(bytes);
    const offer = sdpIn(contentOf("sdp", parts, bytes)?.toString("utf8") ?? "");
    return { offer, keyRequest: { profile, session: sessionIn(contentOf("session", parts, bytes)) } };
  },
);

const contentOf = (wanted: string, parts: readonly FormPart[], bytes: Buffer): Buffer | undefined => {
  const [part, another] = parts.filter(({ name }) => name === wanted);
  if (another) throw new Failure("request-malformed", `The form gives \`${wanted}\` more than once.`);
  return part && bytes.subarray(part.start, part.end);
};

const sdpIn = (text: string): string => {
  if (text.startsWith("v=0")) return text;
  throw new Failure("request-malformed", "The body must hold an SDP offer, which begins with v=0.");
};

const sessionIn = (bytes: Buffer | undefined): KeyRequest["session"] => {
  if (!bytes) return undefined;
  const { value, errors } = readJsonObject(bytes);
  if (errors.length > 0) throw new Failure("key-request-invalid", undefined, { errors });
  return value;
};

/** A supervised session's offer may have more than a key request: what is too large is told by its own refusal. */
const CALL_BYTES = MAX_OFFER_BYTES + KEY_REQUEST_BYTES;

/** Answers with OpenAI's SDP. */
export const realtimeCall = operation({
  routes: { "POST /v1/realtime/calls": "startCall" },
  summary: "Start a call: the browser's SDP offer for OpenAI's answer",
  description:
    "Takes the bare offer (`application/sdp`), or a form with `sdp` and `session`. The profile decides what the session is, as with /ephemeral-key; the answer's `Location` ends with the call's id. A ticket of /ephemeral-key may stand in place of credentials, once. Callers of a supervised profile with credentials of their own are told the session's name in `x-broker-session`, and its grant in `x-broker-session-grant`.",
  query: keyRequestQuery,
  body: "any type",
  answer: streamed("OpenAI's SDP answer.", { "application/sdp": "text" }, { status: 201, isOpenAis: true }),
  failures: [...upstreamFailures, ...sessionFailures],
})
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticateOrTicket)
  .step(limitInFlight)
  .step(unlessTicket(readTagHeader))
  .step(limitBody(CALL_BYTES))
  .step(readOffer)
  .step(resolveTicketRequest)
  .step(resolveProfile)
  .step(checkTicketRequest)
  .step(resolveRealtime)
  .step(unlessTicket(countMint))
  .step(unlessTicket(reserveMint))
  .handle(async (facts, services: MintServices & StartServices) => {
    const { caller, grant, offer, signal, requestId } = facts;
    if (grant.supervision !== "none") return startWatched(facts, services);
    const recipient = respondTo(facts.incoming, facts.outgoing, { "x-broker-request-id": requestId });
    const upstreamKey = await services.minting.startCall(caller, grant, offer, signal, recipient, facts);
    const { profile, model } = grant;
    report(facts, services, { kind: "call-started", profile, model, upstreamKey });
  });

/** Answers as OpenAI does, when the service watches over the call. */
const startWatched = async (facts: StartFacts, services: StartServices): Promise<void> => {
  const { session, answer, headers } = await startSupervised(facts, services);
  const location = `${facts.outgoing.basePath}/v1/realtime/calls/${session.callId ?? ""}`;
  const own = { "content-type": "application/sdp", "cache-control": "no-store", location };
  reply(facts, { status: 201, headers: { ...own, ...headers }, body: answer });
};

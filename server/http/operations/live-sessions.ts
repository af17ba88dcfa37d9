// POST /v1/live/sessions: starts a GPT-Live session under the caller's profile, as OpenAI's own address does.
import { z } from "zod";
import { Failure } from "../../failures/failure.ts";
import type { KeyRequest } from "../../profiles/compose.ts";
import { replyOf } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { reserveMint } from "../middleware/budgets.ts";
import {
  checkLive,
  countMint,
  keyRequestQuery,
  readKeyRequestBody,
  readKeyRequestQuery,
  resolveProfile,
  upstreamFailures,
} from "../middleware/key-request.ts";
import { limitInFlight } from "../middleware/limits.ts";
import { checkLoad } from "../middleware/load.ts";
import { type StartServices, startSupervised } from "../middleware/start-session.ts";
import { readTagHeader } from "../middleware/tags.ts";
import {
  authenticateOrTicket,
  checkTicketRequest,
  resolveTicketRequest,
  sessionFailures,
  unlessTicket,
} from "../middleware/ticket.ts";
import { liveSessionSchema } from "../openapi/response-schemas.ts";
import { operation, step } from "../operation.ts";
import { bodyFailures, type LimitedBody, limitBody } from "../request/body.ts";

/** An offer of 256 KiB, whose ends of lines are longer in JSON, and a session. */
const LIVE_BYTES = 384 * 1024;

/** The page's part alone, or the whole body of OpenAI's. */
const liveBody = z.strictObject({
  sdp: z.string().optional().describe("The browser's SDP offer; or give `transport`, as to OpenAI."),
  session: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("What the profile says, or session fields that its `overrides` allow."),
  transport: z
    .strictObject({ type: z.literal("webrtc"), sdp: z.string().describe("The browser's SDP offer.") })
    .optional(),
});

interface Offer {
  offer: string;
  keyRequest: KeyRequest;
}

const readOffer = step(
  ["key-request-invalid", ...bodyFailures],
  async ({ query, body }: RequestFacts & { body: LimitedBody | undefined }): Promise<Offer> => {
    const { profile } = readKeyRequestQuery(query);
    const { sdp, session, transport } = await readKeyRequestBody(liveBody, body);
    if ((sdp === undefined) === (transport === undefined)) {
      throw new Failure("key-request-invalid", "The body must hold either `sdp` or `transport`.");
    }
    const offer = sdp ?? transport?.sdp ?? "";
    if (offer.startsWith("v=0")) return { offer, keyRequest: { profile, session } };
    throw new Failure("key-request-invalid", "The SDP offer must begin with v=0.");
  },
);

/** Answers when the service watches over the session, so that nothing of it is unseen. */
export const liveSessions = operation({
  routes: { "POST /v1/live/sessions": "startLiveSession" },
  summary: "Start a GPT-Live session: the browser's SDP offer for OpenAI's answer",
  description:
    "Takes `{sdp}`, or the whole body that OpenAI takes. With a ticket of /ephemeral-key as bearer, or the caller's own credentials. The profile decides what the session is; one that is not GPT-Live is refused.",
  query: keyRequestQuery,
  body: liveBody,
  answer: {
    ...replyOf("The session has begun.", { "application/json": liveSessionSchema }),
    status: 201,
  },
  failures: [...upstreamFailures, ...sessionFailures],
})
  .step(checkLoad("voice"))
  .step(acceptWork)
  .step(authenticateOrTicket)
  .step(limitInFlight)
  .step(unlessTicket(readTagHeader))
  .step(limitBody(LIVE_BYTES))
  .step(readOffer)
  .step(resolveTicketRequest)
  .step(resolveProfile)
  .step(checkTicketRequest)
  .step(checkLive)
  .step(unlessTicket(countMint))
  .step(unlessTicket(reserveMint))
  .handle(async (facts, services: StartServices) => {
    const { session, answer, headers } = await startSupervised(facts, services);
    const created = { session: { id: session.callId ?? "" }, transport: { type: "webrtc", sdp: answer } };
    const common = { "content-type": "application/json", "cache-control": "no-store" };
    return { status: 201, headers: { ...common, ...headers }, body: JSON.stringify(created) };
  });

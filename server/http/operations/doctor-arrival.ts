// GET /doctor/arrival: how this request arrived, for `broker doctor`, as a stream that shows whether something holds it back.
import { isDoctorProof } from "../../auth/doctor-proof.ts";
import { rejected } from "../../auth/rejection.ts";
import type { Clock, Timers } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import { type ForwardingRules, resolveClientAddress } from "../../net/client-address.ts";
import { forwardingHeaders, type SeenRequest } from "../../net/seen-request.ts";
import type { Secret } from "../../secret.ts";
import { streamed } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { operation, step } from "../operation.ts";

export interface ArrivalServices extends ForwardingRules {
  timers: Pick<Timers, "after">;
}

export interface ProofServices {
  doctorKey: Secret;
  clock: Pick<Clock, "now">;
}

/** Between the two events: what holds back the first lets them arrive together. */
const PAUSE_MS = 1000;

const checkProof = step(
  ["credentials-missing", "credentials-rejected"],
  (facts: RequestFacts, { doctorKey, clock }: ProofServices): void => {
    const authorization = facts.header("authorization");
    if (authorization === undefined) throw new Failure("credentials-missing");
    const [, proof = ""] = /^Bearer (\S{1,100})$/i.exec(authorization) ?? [];
    if (!isDoctorProof(doctorKey, proof, clock.now())) {
      throw rejected("token-unknown", "it is no proof of `broker doctor` with this service's TOKEN_HASH_KEY");
    }
  },
);

export const doctorArrival = operation({
  routes: { "GET /doctor/arrival": "doctorArrival" },
  summary: "How this request arrived, for `broker doctor`",
  description:
    "Server-sent events: `arrival` with the address, peer and headers as the service sees them, and a second later `end`. Only `broker doctor` can ask: its proof is made with the service's own key.",
  answer: streamed("The two events.", { "text/event-stream": "text" }),
  isQuiet: true,
})
  .step(acceptWork)
  .step(checkProof)
  .handle(({ outgoing, incoming, method }: RequestFacts, services: ArrivalServices) => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const headers = { "cache-control": "no-store", "x-accel-buffering": "no" };
    outgoing.writeHead(200, { "content-type": "text/event-stream", ...headers });
    outgoing.write(`event: arrival\ndata: ${JSON.stringify(seenIn({ outgoing, incoming }, services))}\n\n`);
    const finish = () => void outgoing.end("event: end\ndata: {}\n\n");
    const cancel = services.timers.after(method === "HEAD" ? 0 : PAUSE_MS, finish);
    outgoing.once("close", end);
    return ended.finally(cancel);
  });

const seenIn = (
  { outgoing, incoming }: Pick<RequestFacts, "incoming" | "outgoing">,
  rules: ForwardingRules,
): SeenRequest => {
  const { address, isProxied, isHttps } = resolveClientAddress(incoming, rules);
  const { headers, socket } = incoming;
  return {
    address,
    peer: socket.remoteAddress ?? "",
    is_trusted: isProxied,
    is_https: isHttps,
    host: headers.host ?? null,
    forwarding_headers: forwardingHeaders.filter((name) => headers[name] !== undefined),
    upgrade: headers.upgrade ?? null,
    base_path: outgoing.basePath,
  };
};

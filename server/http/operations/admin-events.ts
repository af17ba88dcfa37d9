// GET /admin/api/events: new requests as server-sent events, while the operator's page is open.
import { Failure } from "../../failures/failure.ts";
import type { LiveRecords } from "../../ledger/live-records.ts";
import { streamed } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { requireOperator } from "../middleware/operators.ts";
import { operation } from "../operation.ts";
import { openEventStream, type StreamServices } from "../response/event-stream.ts";
import { recordAnswer } from "../response/usage-answers.ts";

export interface EventServices extends StreamServices {
  liveRecords: LiveRecords;
}

/**
 * The page asks again then, and who is an operator is decided again: roles and `operators.allow` change meanwhile. Proxies close what
 * is silent for a minute.
 */
const LIFE_MS = 30_000;

export const adminEvents = operation({
  routes: { "GET /admin/api/events": "adminEvents" },
  summary: "New requests as they end, for operators",
  description:
    "Server-sent events: `requests` with a list of requests, at most once a second. It ends after half a minute, to be asked for again; when the service drains; or when the credential ends.",
  answer: streamed("The events.", { "text/event-stream": "text" }),
  failures: ["overloaded"],
  isQuiet: true,
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .handle((facts, services: EventServices) => {
    const { liveRecords, timers } = services;
    const unwatch = liveRecords.watch((records) => {
      stream.send("requests", { requests: records.map((record) => recordAnswer(record, true)) });
    });
    if (!unwatch) throw new Failure("overloaded", "Too many pages watch already. Close one of them.");
    const stream = openEventStream(facts, services, {
      hasHeartbeat: false,
      onEnded: () => {
        unwatch();
        cancelEnd();
      },
    });
    const cancelEnd = timers.after(LIFE_MS, stream.finish);
    return stream.ended;
  });

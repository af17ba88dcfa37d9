// GET /admin/api/events: new requests as server-sent events, while the operator's page is open.
import type { Timers } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { LiveRecords } from "../../ledger/live-records.ts";
import { streamed } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { requireOperator } from "../middleware/operators.ts";
import { operation } from "../operation.ts";
import { recordAnswer } from "../response/usage-answers.ts";
import type { Lifecycle } from "../server/lifecycle.ts";

export interface EventServices {
  liveRecords: LiveRecords;
  lifecycle: Pick<Lifecycle, "onDrain">;
  timers: Pick<Timers, "after">;
}

/**
 * The page asks again then, and who is an operator is decided again: roles and `operators.allow` change meanwhile. Proxies close what
 * is silent for a minute.
 */
const LIFE_MS = 30_000;
/** What may wait for a page that does not read. */
const MAX_WAITING_BYTES = 256 * 1024;

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
  .handle(({ outgoing, method }, { liveRecords, lifecycle, timers }: EventServices) => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const send = (text: string): void => {
      if (outgoing.writableLength > MAX_WAITING_BYTES) outgoing.destroy();
      else outgoing.write(text);
    };
    const unwatch = liveRecords.watch((records) => {
      send(
        `event: requests\ndata: ${JSON.stringify({ requests: records.map((record) => recordAnswer(record, true)) })}\n\n`,
      );
    });
    if (!unwatch) throw new Failure("overloaded", "Too many pages watch already. Close one of them.");
    // Buffering proxies would hold the events back.
    const headers = { "cache-control": "no-store", "x-accel-buffering": "no" };
    outgoing.writeHead(200, { "content-type": "text/event-stream", ...headers });
    // The answer begins at once, though nothing may have happened.
    send(": \n\n");
    const finish = () => void outgoing.end();
    const cancelEnd = timers.after(LIFE_MS, finish);
    const undrain = lifecycle.onDrain(finish);
    if (method === "HEAD") finish();
    outgoing.once("close", end);
    return ended.finally(() => {
      unwatch();
      undrain();
      cancelEnd();
    });
  });

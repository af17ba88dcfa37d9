// Tells when the caller has gone, so that nothing is done for an answer that nobody reads.
import type { ServerResponse } from "node:http";

/**
 * Aborts when the connection closes before the answer was sent. The web request's own signal says the same, but asking for
 * it builds the whole request anew, which costs more than a tool call.
 */
export const callerSignal = (outgoing: ServerResponse): AbortSignal => {
  const controller = new AbortController();
  if (outgoing.destroyed) controller.abort();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  return controller.signal;
};

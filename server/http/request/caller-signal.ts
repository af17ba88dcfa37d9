// Aborts work whose caller has disconnected.
import type { ServerResponse } from "node:http";

/**
 * Aborts when the connection closes before the answer was sent. The web request's own signal does the same, but asking for it
 * builds the whole web request, which costs more than a tool call.
 */
export const callerSignal = (outgoing: ServerResponse): AbortSignal => {
  const controller = new AbortController();
  if (outgoing.destroyed) controller.abort();
  else
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) controller.abort();
    });
  return controller.signal;
};

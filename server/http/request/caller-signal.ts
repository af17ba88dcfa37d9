// Tells when the caller has gone, so that nobody works for an empty room.
import type { BrokerContext } from "../context.ts";

/**
 * Aborts when the connection closes before the answer was sent. The web request's own signal says the same, but
 * asking for it builds the whole request anew, which costs more than a tool call.
 */
export const callerSignal = (c: BrokerContext): AbortSignal => {
  const controller = new AbortController();
  const { outgoing } = c.env;
  if (outgoing.destroyed) controller.abort();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  return controller.signal;
};

// Ends what is under way for a caller who is admitted no more.
import type { BrokerContext } from "../context.ts";

/**
 * Destroys the connection, and with it what is done upstream. A WebSocket gets no closing frame: its bytes pass through
 * unread, so nobody here knows where a frame ends. The request's log line gets the reason.
 */
export const cutOff = (c: BrokerContext, reason: string): void => {
  const { outgoing } = c.env;
  c.get("event").cut_off = reason;
  if (outgoing.upgrade) outgoing.upgrade.connection.destroy();
  else outgoing.destroy();
};

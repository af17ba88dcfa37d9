// Ends a request whose caller's credential has ended.
import type { BrokerResponse } from "../server/broker-response.node.ts";

/**
 * Destroys the connection, and with it what is done upstream. A WebSocket gets no closing frame: its bytes are passed on
 * without being parsed, so where a frame ends is not known here.
 */
export const cutOff = (outgoing: BrokerResponse): void => {
  if (outgoing.upgrade) outgoing.upgrade.connection.destroy();
  else outgoing.destroy();
};

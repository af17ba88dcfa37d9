// WebSockets at OpenAI, as the service opens them for callers.
import type { Duplex } from "node:stream";
import type { Fields } from "./relay.ts";

export interface SocketRequest {
  /** `wss:` or `ws:`, with its query. */
  url: string;
  /** Name, value, name, value, …: the WebSocket's own fields and the credentials. */
  headers: string[];
  /** Ends the attempt when the caller goes. */
  signal: AbortSignal;
}

/** An open connection, and the fields of OpenAI's response to the upgrade. */
export interface UpstreamSocket {
  headers: Fields;
  connection: Duplex;
}

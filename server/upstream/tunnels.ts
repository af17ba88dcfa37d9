// WebSockets at OpenAI, as the service opens them for callers.
import type { Duplex } from "node:stream";
import type { Fields } from "./relay.ts";

export interface TunnelRequest {
  /** `wss:` or `ws:`, with its query. */
  url: string;
  /** Name, value, name, value, …: the WebSocket's own, and who is asking. */
  headers: string[];
  /** Ends the attempt when the caller goes. */
  signal: AbortSignal;
}

/** An open connection, and the fields that OpenAI answered the upgrade with. */
export interface Tunnel {
  headers: Fields;
  connection: Duplex;
}

export interface Tunnels {
  /** Rejects with `upstream-refused` or the signal's reason. */
  open(request: TunnelRequest): Promise<Tunnel>;
  close(): Promise<void>;
}

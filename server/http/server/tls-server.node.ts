// Node's HTTPS server, with a certificate that may be renewed while it listens.
import type { IncomingMessage, RequestListener, Server, ServerOptions } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import type { WatchedKeyPair } from "../../net/watched-key-pair.ts";
import type { BrokerResponse } from "./broker-response.node.ts";

export interface TlsOptions {
  certificate: Pick<WatchedKeyPair, "follow">;
  /** What does not complete the handshake in time is cut off. */
  handshakeMs: number;
}

const MOST_LISTENERS = 20;

/** It speaks HTTP/1.1, as WebSockets need. Connections that are open keep the certificate that they began with. */
export const createTlsServer = (
  options: ServerOptions<typeof IncomingMessage, typeof BrokerResponse>,
  onRequest: RequestListener<typeof IncomingMessage, typeof BrokerResponse>,
  { certificate, handshakeMs }: TlsOptions,
): Server<typeof IncomingMessage, typeof BrokerResponse> => {
  const server = createServer(
    { ...options, handshakeTimeout: handshakeMs, minVersion: "TLSv1.2" },
    onRequest,
  );
  certificate.follow(({ certificate: cert, key }) =>
    server.setSecureContext({ cert, key, minVersion: "TLSv1.2" }),
  );
  // Node would have it answered as malformed HTTP, over a connection that has no keys.
  server.removeAllListeners("tlsClientError");
  server.on("tlsClientError", (_: Error, socket: Socket) => socket.destroy());
  // TLS listens to its socket too, and the two directions of a WebSocket do: more than Node takes for normal, but no more.
  server.on("secureConnection", (socket) => socket.setMaxListeners(MOST_LISTENERS));
  return server;
};

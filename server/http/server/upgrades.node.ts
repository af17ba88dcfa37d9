// WebSocket upgrades: which requests may ask for one, and how long a connection lasts before and half after it.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { enter } from "./base-path.ts";
import { BrokerResponse, responseOn } from "./broker-response.node.ts";

/**
 * Whether a request may become a WebSocket. Not with a body: Node then hands over something that is no socket. Not while an
 * earlier request of the connection is being answered. Not in HTTP/1.0 (RFC 9110, 7.8). Every other request that offers a
 * protocol is answered in HTTP.
 */
export const mayUpgrade =
  (paths: ReadonlySet<string>, basePath = "") =>
  ({ method, httpVersion, headers, url = "", socket }: IncomingMessage): boolean =>
    method === "GET" &&
    httpVersion === "1.1" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    paths.has(enter(url, basePath).url.split("?", 1)[0] ?? "") &&
    (headers["content-length"] ?? "0") === "0" &&
    headers["transfer-encoding"] === undefined &&
    responseOn(socket) === undefined;

/**
 * Whether the connection must end with the answer, because the bytes behind the request could be read in two ways.
 *
 * - An offer of another protocol that is declined: Node's parser loses bytes that arrived behind it in the same packet. `h2c` is
 *   excepted, because Java's client offers it with the first request of each connection and sends nothing behind it.
 * - HTTP/1.0 with Transfer-Encoding, which it does not know (RFC 9112, 6.1).
 * - A GET or HEAD with a body: it is not read, so after the answer it could arrive as slowly as the client likes.
 */
export const mustClose = ({ method, headers, httpVersion }: IncomingMessage): boolean => {
  const isChunked = headers["transfer-encoding"] !== undefined;
  const hasBody = isChunked || (headers["content-length"] ?? "0") !== "0";
  return (
    (headers.upgrade !== undefined && headers.upgrade !== "h2c") ||
    (httpVersion === "1.0" && isChunked) ||
    (hasBody && (method === "GET" || method === "HEAD"))
  );
};

export interface UpgradeTimes {
  /** How long a connection may be idle until it is answered, by 101 or a refusal. */
  handshakeMs: number;
  /** How long a WebSocket's connection lasts after one of its two directions has ended. */
  halfOpenMs: number;
}

/**
 * A listener for `upgrade` that hands the request to the app, through the same middleware as every request. Another application's
 * server also hands over requests that may not become a WebSocket; they are answered in HTTP.
 */
export const upgradeWith =
  (
    listener: (incoming: IncomingMessage, outgoing: BrokerResponse) => Promise<unknown>,
    isAdmitted: (incoming: IncomingMessage) => boolean,
    { handshakeMs, halfOpenMs }: UpgradeTimes,
  ) =>
  async (incoming: IncomingMessage, connection: Socket, head: Buffer): Promise<void> => {
    const close = () => connection.destroy();
    const closeSoon = () => {
      const timer = setTimeout(close, halfOpenMs).unref();
      connection.once("close", () => clearTimeout(timer));
    };
    connection.on("error", close);
    // A body is still to arrive, which `mayUpgrade` does not admit.
    if (!incoming.complete) return void incoming.socket.destroy();
    const outgoing = new BrokerResponse(incoming);
    if (isAdmitted(incoming)) outgoing.upgrade = { connection, head };
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(connection);
    outgoing.once("finish", () => connection.destroySoon());
    connection.setTimeout(handshakeMs, () => !outgoing.hasSwitched && close());
    connection.once("end", () => (outgoing.hasSwitched ? closeSoon() : close()));
    connection.once("finish", closeSoon);
    // Nothing reads the connection before the answer; this fills the buffer once, so that the peer's end is noticed.
    connection.read(0);
    await listener(incoming, outgoing);
    // The app has ended the session, whether or not both ends have closed.
    if (outgoing.hasSwitched) close();
  };

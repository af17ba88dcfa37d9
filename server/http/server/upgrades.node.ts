// Requests that ask to make a WebSocket of their connection: which are taken, and how long such a connection may last half open.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { BrokerResponse } from "./broker-response.node.ts";

type HttpSocket = Socket & { _httpMessage?: BrokerResponse | null };

/**
 * Whether a request may become a WebSocket. Not with a body, for then Node hands over something that is no socket; not while an
 * earlier request of the connection waits for its answer; not in HTTP/1.0 (RFC 9110, 7.8). Any other request that offers a protocol
 * is answered as if it did not.
 */
export const mayUpgrade =
  (paths: ReadonlySet<string>) =>
  ({ method, httpVersion, headers, url = "", socket }: IncomingMessage): boolean =>
    method === "GET" &&
    httpVersion === "1.1" &&
    headers.upgrade?.toLowerCase() === "websocket" &&
    paths.has(url.split("?", 1)[0] ?? "") &&
    (headers["content-length"] ?? "0") === "0" &&
    headers["transfer-encoding"] === undefined &&
    !(socket as HttpSocket)._httpMessage;

/**
 * Whether the connection must end with the answer, because what follows could be read in two ways. What came behind an offer that is
 * not taken, in the same packet, is lost in Node's parser; Java's client, which offers `h2c` with the first request of each
 * connection, sends nothing behind it. HTTP/1.0 knows no Transfer-Encoding (RFC 9112, 6.1). The body of a GET or HEAD is read by
 * nobody once its answer is out, and could come as slowly as it likes.
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
  /** How long a connection may wait for the answer, be it 101 or a refusal. */
  handshakeMs: number;
  /** How long a connection lasts when one of its ends has said its last word. */
  halfOpenMs: number;
}

/** Hands a connection that may become a WebSocket to the app, as a request like all others. */
export const upgradeWith =
  (
    listener: (incoming: IncomingMessage, outgoing: BrokerResponse) => Promise<unknown>,
    { handshakeMs, halfOpenMs }: UpgradeTimes,
  ) =>
  async (incoming: IncomingMessage, connection: Socket, head: Buffer): Promise<void> => {
    const close = () => connection.destroy();
    const closeSoon = () => {
      const timer = setTimeout(close, halfOpenMs).unref();
      connection.once("close", () => clearTimeout(timer));
    };
    connection.on("error", close);
    // Its body is still to come: not what `mayUpgrade` let through.
    if (!incoming.complete) return void incoming.socket.destroy();
    const outgoing = new BrokerResponse(incoming);
    outgoing.upgrade = { connection, head };
    outgoing.shouldKeepAlive = false;
    outgoing.assignSocket(connection);
    outgoing.once("finish", () => connection.destroySoon());
    connection.setTimeout(handshakeMs, () => !outgoing.hasSwitched && close());
    connection.once("end", () => (outgoing.hasSwitched ? closeSoon() : close()));
    connection.once("finish", closeSoon);
    // Nobody reads before the answer; this one reads as far as the buffer goes, so that the end of it is seen.
    connection.read(0);
    await listener(incoming, outgoing);
    // The app has done with it, whether or not both ends know.
    if (outgoing.hasSwitched) close();
  };

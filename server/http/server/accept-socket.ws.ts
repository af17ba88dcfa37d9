// Answers an upgrade, and speaks WebSocket with the caller from then on: for what the service itself reads and sends.
import type { IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { BrokerResponse } from "./broker-response.node.ts";

export interface Upgrade {
  incoming: IncomingMessage;
  outgoing: Pick<BrokerResponse, "handOver">;
  /** Fields of the answer beside the WebSocket's own. */
  fields: Readonly<Record<string, string>>;
}

/** Opens the caller's end. Throws where the request is no proper one: then that was answered. */
export type AcceptSocket<Receiver, Opened> = (upgrade: Upgrade, receiver: Receiver) => Opened;

/** OpenAI takes messages of up to 15 MiB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const CLOSE_MS = 3000;

/** `open` reads what comes over the socket. */
export const socketAcceptor =
  <Receiver, Opened>(
    open: (socket: WebSocket, receiver: Receiver) => Opened,
  ): AcceptSocket<Receiver, Opened> =>
  ({ incoming, outgoing, fields }, receiver) => {
    const server = new WebSocketServer({
      ...{ noServer: true, clientTracking: false, perMessageDeflate: false, skipUTF8Validation: true },
      ...{ maxPayload: MAX_MESSAGE_BYTES, closeTimeout: CLOSE_MS },
      // Of the subprotocols only the one that OpenAI knows: another may be the caller's token.
      handleProtocols: (offered) => (offered.has("realtime") ? "realtime" : false),
    });
    server.on("headers", (lines) => {
      for (const [name, value] of Object.entries(fields)) lines.push(`${name}: ${value}`);
    });
    const { connection, head } = outgoing.handOver();
    let opened: { socket: Opened } | undefined;
    // It answers, and calls back, before it returns.
    server.handleUpgrade(incoming, connection, head, (socket) => {
      opened = { socket: open(socket, receiver) };
    });
    if (!opened) throw new Error("the request is no proper one for a WebSocket");
    return opened.socket;
  };

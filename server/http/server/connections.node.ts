// Open connections: ends those of clients that read or send too slowly, and at the stop all of them.
import type { Socket } from "node:net";
import { responseOn } from "./broker-response.node.ts";
import { type IncompleteRequest, minimumReadRate, minimumSendRate } from "./minimum-rates.ts";

export interface Connections {
  /** Until it is removed. */
  add(connection: Socket): void;
  remove(connection: Socket): void;
  /** Answers that have not begun yet say that their connection ends with them; `ended` is called at the end of each that is under way. */
  announceEnd(ended: () => void): void;
  /** Ends every connection that is left, WebSockets included, which Node's server does not count as its own. */
  destroyAll(): void;
}

export interface ConnectionPorts {
  /** Over which the minimum rates are measured. */
  periodMs(): number;
  /** Answers a request whose body arrives too slowly. */
  refuseTooSlow(socket: Socket): void;
}

const CHECK_MS = 250;

/** Keeps the minimum rates until `destroyAll`. */
export const superviseConnections = ({ periodMs, refuseTooSlow }: ConnectionPorts): Connections => {
  const readRate = minimumReadRate<Socket>(periodMs);
  const sendRate = minimumSendRate<Socket>(periodMs);
  const sockets = new Set<Socket>();
  const remove = (socket: Socket): void => {
    sockets.delete(socket);
    readRate.remove(socket);
    sendRate.remove(socket);
  };
  const enforce = (): void => {
    const now = performance.now();
    readRate.enforce(now);
    for (const socket of sockets) {
      if (sendRate.isTooSlow(socket, incompleteRequestOn(socket), now)) refuseTooSlow(socket);
    }
  };
  const timer = setInterval(enforce, CHECK_MS).unref();
  return {
    add: (socket) => {
      sockets.add(socket);
      readRate.add(socket);
    },
    remove,
    announceEnd: (ended) => {
      for (const socket of sockets) {
        const response = responseOn(socket);
        if (!response) continue;
        response.shouldKeepAlive = false;
        response.once("close", ended);
      }
    },
    destroyAll: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
};

const incompleteRequestOn = (socket: Socket): IncompleteRequest | undefined => {
  const response = responseOn(socket);
  if (!response || response.req.complete) return undefined;
  return {
    request: response.req,
    receivedBytes: socket.bytesRead,
    isPaused: response.req.readableLength > 0,
    isUpload: response.isUpload,
  };
};

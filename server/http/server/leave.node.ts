// How a server leaves: it takes no new connection, and ends each open one with its next answer.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import type { Connections } from "./connections.node.ts";

export interface Leaving {
  /** Resolves when no connection is left. */
  closed: Promise<void>;
  /** Whether no connection is left, or no request has begun or ended on any for `idleSeconds`. */
  isUnused(): boolean;
}

/** How long the connections that wait to be accepted are waited for, in milliseconds. */
const MAX_WAIT_MS = 10_000;

/**
 * Resolves when no connection waits to be accepted. The system resets those that wait when the listening socket is closed, and a
 * proxy has sent a request on them by then. Node accepts one in each turn of the event loop, so a busy process has many waiting.
 */
const nothingWaits = async (server: Server): Promise<void> => {
  admitNoMore(server);
  let accepted = false;
  const accept = (): void => {
    accepted = true;
  };
  server.on("connection", accept);
  const end = performance.now() + MAX_WAIT_MS;
  let quietTurns = 0;
  while (quietTurns < 2 && performance.now() < end) {
    accepted = false;
    await new Promise((resolve) => setImmediate(resolve));
    quietTurns = accepted ? 0 : quietTurns + 1;
  }
  server.off("connection", accept);
};

// A backlog of zero: the system answers no further connection while one waits, so its client tries again a second later and is
// refused then. Node has no public way to say so; without it only more connections may have to be reset.
const admitNoMore = (server: Server & { _handle?: { listen?(backlog: number): number } | null }): void => {
  server._handle?.listen?.(0);
};

/**
 * A proxy that is refused a connection has sent nothing yet, so it asks another instance, whatever the request is. A request that
 * it has sent on an open connection cannot be sent twice: therefore it is answered, and the answer says that the connection ends.
 */
export const leave = async (
  server: Server,
  connections: Pick<Connections, "announceEnd">,
  idleSeconds: number,
): Promise<Leaving> => {
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    server.once("close", () => {
      isClosed = true;
      resolve();
    });
  });
  await nothingWaits(server);
  // That of Node's HTTP server would also close connections without a request, on which one may be on its way.
  NetServer.prototype.close.call(server);
  let lastUse = performance.now();
  const use = (): void => {
    lastUse = performance.now();
  };
  const answerLast = (_: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.shouldKeepAlive = false;
    use();
    outgoing.once("close", use);
  };
  for (const event of ["request", "checkContinue", "checkExpectation"])
    server.prependListener(event, answerLast);
  connections.announceEnd(use);
  return { closed, isUnused: () => isClosed || performance.now() - lastUse >= idleSeconds * 1000 };
};

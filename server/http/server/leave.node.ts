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

/**
 * A proxy that is refused a connection has sent nothing yet, so it asks another instance, whatever the request is. A request that
 * it has sent on an open connection cannot be sent twice: therefore it is answered, and the answer says that the connection ends.
 */
export const leave = (
  server: Server,
  connections: Pick<Connections, "announceEnd">,
  idleSeconds: number,
): Leaving => {
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    server.once("close", () => {
      isClosed = true;
      resolve();
    });
  });
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

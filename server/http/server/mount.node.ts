// The service inside another application's server: it answers that server's requests, and opens no port.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isBelow } from "./base-path.ts";
import { adoptResponse } from "./broker-response.node.ts";
import type { ListenPorts } from "./listen.node.ts";
import {
  createBrokerServer,
  type MountedRequest,
  type ServerSettings,
  type ServerTimeouts,
} from "./server.node.ts";
import { answerWebRequest, type Peer } from "./web-request.node.ts";

export interface Mounted {
  /**
   * Answers a request of `node:http`, Express, Connect or Fastify. Where `next` is given and a base path configured, it is called
   * for addresses that are not below the base path; all others are answered here.
   */
  listener(incoming: IncomingMessage, outgoing: ServerResponse, next?: (error?: unknown) => void): void;
  /**
   * Takes a connection of the server's event `upgrade`. False for an address that is not below the base path: the connection is
   * then untouched, and another listener's or to be destroyed.
   */
  upgrade(incoming: IncomingMessage, connection: Duplex, head: Buffer): boolean;
  /** Answers a web request, and rejects with its signal's reason. Without an address all callers count as one address. */
  fetch(request: Request, peer?: Peer): Promise<Response>;
  /** Refuses new work, gives work in flight `drainSeconds` to end, then cuts off what is left. */
  stop(drainSeconds: number): Promise<void>;
  useTimeouts(timeouts: ServerTimeouts): void;
}

export const mount = (
  app: Parameters<typeof createBrokerServer>[0],
  ports: Omit<ListenPorts, "isMounted">,
  settings: ServerSettings,
): Mounted => {
  const broker = createBrokerServer(app, { ...ports, isMounted: true }, settings);
  const { server, connections } = broker;
  const { base_path: basePath } = settings;
  const isOurs = ({ url = "/", originalUrl = url }: MountedRequest): boolean =>
    basePath === "" || isBelow(originalUrl, basePath);
  const supervise = supervisor(connections);
  return {
    listener: (incoming: MountedRequest, outgoing, next) => {
      if (next && !isOurs(incoming)) {
        next();
        return;
      }
      const { socket } = incoming;
      // The caller has left, or the application has answered: no event would tell that this request is over.
      if (socket.destroyed || outgoing.writableEnded) return;
      if (incoming.httpVersionMajor === 2) nameAsInHttp1(incoming);
      outgoing.once("close", supervise(socket));
      broker.onRequest(incoming, adoptResponse(outgoing));
    },
    upgrade: (incoming, connection, head) => {
      if (!isOurs(incoming)) return false;
      if (connection.destroyed) return true;
      connection.once("close", supervise(connection as Socket));
      broker.onUpgrade(incoming, connection as Socket, head);
      return true;
    },
    useTimeouts: broker.useTimeouts,
    fetch: (request, peer) => answerWebRequest(server, request, peer),
    stop: async (drainSeconds) => {
      const drained = ports.lifecycle.refuse();
      await Promise.race([drained, after(drainSeconds)]);
      connections.destroyAll();
      // What was cut off is told to the books, which close after this.
      await Promise.race([drained, after(1)]);
    },
  };
};

// HTTP/2 has the host under another name, and a body without any field that tells of one.
const nameAsInHttp1 = ({ headers, complete }: IncomingMessage): void => {
  headers.host ??= headers[":authority"]?.toString();
  if (!complete && headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
};

// The application's connections are its own between our requests; requests that are sent one behind the other share one.
const supervisor = ({ add, remove }: ReturnType<typeof createBrokerServer>["connections"]) => {
  const requests = new Map<Socket, number>();
  return (socket: Socket): (() => void) => {
    const before = requests.get(socket) ?? 0;
    requests.set(socket, before + 1);
    if (before === 0) add(socket);
    return () => {
      const left = (requests.get(socket) ?? 1) - 1;
      if (left > 0) {
        requests.set(socket, left);
        return;
      }
      requests.delete(socket);
      remove(socket);
    };
  };
};

const after = (seconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000).unref();
  });

// Puts the app on a socket, and takes it off again without dropping a request.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";
import { BrokerResponse } from "./broker-response.node.ts";
import { type Contain, containWith } from "./contain-errors.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type RawRefusals, rawRefusals } from "./raw-refusals.ts";
import { slowReaders } from "./slow-readers.ts";
import { type Sending, slowSenders } from "./slow-senders.ts";
import { mayUpgrade, mustClose, upgradeWith } from "./upgrades.node.ts";

export interface Listening {
  /** `http://host:port` */
  url: string;
  /** Refuses new work, lets what is in flight end within `drainSeconds`, then closes everything. */
  stop(drainSeconds: number): Promise<void>;
}

export interface ListenSettings {
  host: string;
  port: number;
  header_timeout_seconds: number;
  request_timeout_seconds: number;
}

export interface ListenPorts {
  lifecycle: Lifecycle;
  log: Pick<Log, "write">;
  /** Where a request may become a WebSocket. */
  socketPaths: ReadonlySet<string>;
}

/** Answers a web request; Node's request and response stand beside it in the second parameter. */
type Fetch = Parameters<typeof getRequestListener>[0];

/** Rejects with an error that names the setting when the address cannot be had. */
export const listen = async (
  app: { fetch: Fetch },
  { lifecycle, log, socketPaths }: ListenPorts,
  settings: ListenSettings,
): Promise<Listening> => {
  const { host, port } = settings;
  const contain = containWith(log);
  const refusals = rawRefusals(() => crypto.randomUUID());
  const answer = getRequestListener(app.fetch, { errorHandler: refusals.onRequest });
  const closeSocket = ({ socket }: IncomingMessage, ..._: unknown[]) => void socket.destroy();
  const onRequest = contain("request", closeSocket, (incoming: IncomingMessage, outgoing: BrokerResponse) => {
    if (mustClose(incoming)) outgoing.shouldKeepAlive = false;
    return answer(incoming, outgoing);
  });
  const server = createServer(
    {
      ServerResponse: BrokerResponse,
      headersTimeout: settings.header_timeout_seconds * 1000,
      // An upload may take longer than any one time for all; `watch` judges who sends too slowly.
      requestTimeout: 0,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: 60_000,
      // Somebody who waits for OpenAI says nothing for minutes; whether he is still there is found out below.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      shouldUpgradeCallback: mayUpgrade(socketPaths),
      // Node would refuse a request without one in words of its own.
      requireHostHeader: false,
    },
    onRequest,
  );
  // Whoever asks before sending a body is told to go on by the door that reads it, or refused before it is sent.
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", onRequest);
  // A WebSocket passes the same doors as every request.
  const upgrade = upgradeWith(answer, { handshakeMs: IDLE_MS, halfOpenMs: HALF_OPEN_MS });
  server.on("upgrade", contain("upgrade", closeSocket, upgrade));
  // Longer than a tool may take: whoever neither sends nor reads for so long has gone.
  server.setTimeout(IDLE_MS);
  const refuse = contain("clientError", (_, socket: Socket) => void socket.destroy(), refusals.onSocket);
  server.on("clientError", refuse);
  const watching = watch(server, settings.request_timeout_seconds * 1000, refuse, contain);
  await bind(server, host, port);
  // A connection that the system cannot give us, for want of memory or by its rules, is no reason to end.
  server.on("error", (error) => log.write("error", "accept-failed", { cause: describeCause(error) }));
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}`,
    stop: async (drainSeconds) => {
      await Promise.race([lifecycle.drain(), after(drainSeconds)]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, after(1)]);
      server.closeAllConnections();
      // WebSockets are none of the server's connections any more.
      watching.stop();
    },
  };
};

const IDLE_MS = 150_000;
/** Enough for a slow network to take the rest of what was sent. */
const HALF_OPEN_MS = 5000;
/** Connections that wait to be accepted. With Node's 511, one of a burst of more waits a second for TCP to try again. */
const BACKLOG = 4096;
/** How late a time limit may strike. */
const CHECK_MS = 500;

interface Watching {
  /** Ends every connection that is left. */
  stop(): void;
}

type HttpSocket = Socket & { _httpMessage?: BrokerResponse };

const watch = (
  server: Server,
  patienceMs: number,
  refuse: RawRefusals["onSocket"],
  contain: Contain,
): Watching => {
  const readers = slowReaders<Socket>(patienceMs);
  const senders = slowSenders<Socket>(patienceMs);
  const sockets = new Set<HttpSocket>();
  const keepWatch = (socket: HttpSocket) => {
    sockets.add(socket);
    readers.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      readers.remove(socket);
      senders.remove(socket);
    });
  };
  server.on(
    "connection",
    contain("connection", (socket: HttpSocket) => void socket.destroy(), keepWatch),
  );
  const sweep = () => {
    const now = performance.now();
    readers.sweep(now);
    for (const socket of sockets) {
      if (!senders.isLate(socket, sendingOn(socket), now)) continue;
      refuse(Object.assign(new Error("too slow"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), socket);
    }
  };
  const timer = setInterval(sweep, CHECK_MS / 2).unref();
  return {
    stop: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
};

const sendingOn = ({ _httpMessage: outgoing, bytesRead }: HttpSocket): Sending | undefined => {
  if (!outgoing || outgoing.req.complete) return undefined;
  return {
    request: outgoing.req,
    received: bytesRead,
    isHeldUp: outgoing.req.readableLength > 0,
    mayTakeLong: outgoing.bodyMayTakeLong,
  };
};

const after = (seconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000).unref();
  });

const bind = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const advice: Record<string, string> = {
        EADDRINUSE: `PORT: ${port} is taken by another program; choose another`,
        EACCES: `PORT: this user may not listen on ${port}; choose one above 1023`,
        EADDRNOTAVAIL: `HOST: this machine has no address ${host}`,
      };
      reject(new Error(advice[error.code ?? ""] ?? `HOST, PORT: ${error.message}`, { cause: error }));
    });
    server.listen({ port, host, backlog: BACKLOG }, () => resolve());
  });

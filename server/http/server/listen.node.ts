// Opens the HTTP server's socket for the app, and closes it again without dropping a request.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, type HttpBindings, RequestError } from "@hono/node-server";
import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";
import { BrokerResponse, responseOn } from "./broker-response.node.ts";
import { superviseConnections } from "./connections.node.ts";
import { containWith } from "./contain-errors.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { rawRefusals } from "./raw-refusals.ts";
import { mayUpgrade, mustClose, upgradeWith } from "./upgrades.node.ts";

export interface Listening {
  /** `http://host:port` */
  url: string;
  /** Refuses new work, gives work in flight `drainSeconds` to end, then closes everything. */
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
  /** Paths where a request may become a WebSocket. */
  socketPaths: ReadonlySet<string>;
}

/** Answers a web request; Node's request and response stand beside it in the second parameter. */
type Fetch = (
  request: Request,
  env: HttpBindings & { outgoing: BrokerResponse },
) => Response | Promise<Response>;

/** Rejects with an error that names the setting when the server cannot listen at the address. */
export const listen = async (
  app: { fetch: Fetch },
  { lifecycle, log, socketPaths }: ListenPorts,
  settings: ListenSettings,
): Promise<Listening> => {
  const { host, port } = settings;
  const contain = containWith(log);
  const refusals = rawRefusals(() => crypto.randomUUID());
  const errorHandler = (error: unknown): Response => {
    if (!(error instanceof RequestError))
      log.write("error", "request-failed", { cause: describeCause(error) });
    return refusals.onRequest(error);
  };
  const answer = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], { errorHandler });
  const closeSocket = ({ socket }: IncomingMessage, ..._: unknown[]) => void socket.destroy();
  const onRequest = contain("request", closeSocket, (incoming: IncomingMessage, outgoing: BrokerResponse) => {
    if (mustClose(incoming)) outgoing.shouldKeepAlive = false;
    return answer(incoming, outgoing);
  });
  const server = createServer(
    {
      ServerResponse: BrokerResponse,
      headersTimeout: settings.header_timeout_seconds * 1000,
      // One time for all would be too short for an upload: `superviseConnections` limits the rate instead.
      requestTimeout: 0,
      connectionsCheckingInterval: HEADERS_CHECK_MS,
      keepAliveTimeout: 60_000,
      // While OpenAI thinks, nothing is sent for minutes: TCP keep-alive finds out whether the caller is still there.
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      shouldUpgradeCallback: mayUpgrade(socketPaths),
      // Node would refuse a request without one in its own format.
      requireHostHeader: false,
    },
    onRequest,
  );
  // A client that waits for `100 Continue` gets it when its body is read, or a refusal before the body is sent.
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", onRequest);
  const upgrade = upgradeWith(answer, { handshakeMs: IDLE_MS, halfOpenMs: HALF_OPEN_MS });
  server.on("upgrade", contain("upgrade", closeSocket, upgrade));
  server.setTimeout(IDLE_MS);
  const refuse = contain(
    "clientError",
    (_, socket: Socket) => void socket.destroy(),
    (error: Error, socket: Socket) => refusals.onSocket(error, socket, responseOn(socket)),
  );
  server.on("clientError", refuse);
  const connections = superviseConnections(server, {
    contain,
    periodMs: settings.request_timeout_seconds * 1000,
    refuseTooSlow: (socket) => refuse(tooSlow(), socket),
  });
  await bind(server, host, port);
  // The system may be unable to accept a connection, for want of memory: that is no reason to end the process.
  server.on("error", (error) => log.write("error", "accept-failed", { cause: describeCause(error) }));
  return {
    url: urlOf(server.address() as AddressInfo),
    stop: async (drainSeconds) => {
      await Promise.race([lifecycle.drain(), after(drainSeconds)]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, after(1)]);
      server.closeAllConnections();
      connections.destroyAll();
    },
  };
};

/** Longer than a tool may take. A connection that neither sends nor reads for so long is closed. */
const IDLE_MS = 150_000;
/** Enough for a slow network to deliver the rest of what was sent. */
const HALF_OPEN_MS = 5000;
/** Connections that wait to be accepted. With Node's 511, part of a larger burst would wait a second for TCP to try again. */
const BACKLOG = 4096;
/** How late the time limit for headers may act. */
const HEADERS_CHECK_MS = 500;

const tooSlow = (): Error => Object.assign(new Error("too slow"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });

const urlOf = ({ address, family, port }: AddressInfo): string =>
  `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;

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

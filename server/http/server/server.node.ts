// Node's HTTP server over the app: how it reads requests, and how it ends connections. By itself it listens nowhere.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener, type HttpBindings, RequestError } from "@hono/node-server";
import type { WatchedKeyPair } from "../../net/watched-key-pair.ts";
import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";
import { insistOnHttps } from "../response/security-headers.ts";
import { enter } from "./base-path.ts";
import { BrokerResponse, responseOn } from "./broker-response.node.ts";
import { type Connections, superviseConnections } from "./connections.node.ts";
import { containWith } from "./contain-errors.ts";
import { rawRefusals } from "./raw-refusals.ts";
import { createTlsServer } from "./tls-server.node.ts";
import { mayUpgrade, mustClose, upgradeWith } from "./upgrades.node.ts";
import { webRequestOn } from "./web-request.node.ts";

/** Answers a web request; Node's request and response stand beside it in the second parameter. */
type Fetch = (
  request: Request,
  env: HttpBindings & { outgoing: BrokerResponse },
) => Response | Promise<Response>;

/** They may change while the server runs. */
export interface ServerTimeouts {
  header_timeout_seconds: number;
  request_timeout_seconds: number;
}

export interface ServerSettings extends ServerTimeouts {
  /** Below which callers find the service; empty for an origin of its own. */
  base_path: string;
}

export interface ServerPorts {
  log: Pick<Log, "write">;
  /** Paths where a request may become a WebSocket. */
  socketPaths: ReadonlySet<string>;
  /** Whether another application's code runs in this process: then its global `Request` and `Response` stay as they are. */
  isMounted?: boolean;
  /** With which the server speaks https; undefined for plain HTTP. */
  certificate?: Pick<WatchedKeyPair, "follow"> | undefined;
}

export interface BrokerServer {
  server: Server;
  /** Answers a request, from whatever server. An error ends its connection only. */
  onRequest(incoming: MountedRequest, outgoing: BrokerResponse): void;
  /** Answers a request that offers to become a WebSocket. */
  onUpgrade(incoming: MountedRequest, connection: Socket, head: Buffer): void;
  connections: Connections;
  useTimeouts(timeouts: ServerTimeouts): void;
}

/** `originalUrl` is the address before the application in which the service is mounted took a part off. */
export type MountedRequest = IncomingMessage & { originalUrl?: string };

export const createBrokerServer = (
  app: { fetch: Fetch },
  { log, socketPaths, isMounted = false, certificate }: ServerPorts,
  settings: ServerSettings,
): BrokerServer => {
  const { base_path: basePath } = settings;
  let periodMs = settings.request_timeout_seconds * 1000;
  const contain = containWith(log);
  const refusals = rawRefusals(() => crypto.randomUUID(), basePath);
  const errorHandler = (error: unknown): Response => {
    if (!(error instanceof RequestError))
      log.write("error", "request-failed", { cause: describeCause(error) });
    return refusals.onRequest(error);
  };
  const listener = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    errorHandler,
    overrideGlobalObjects: !isMounted,
  });
  const answer = (incoming: MountedRequest, outgoing: BrokerResponse): Promise<unknown> => {
    if (outgoing.headersSent) throw new Error("the application has begun to answer this request");
    const { url = "/", originalUrl, socket } = incoming;
    if (certificate) Object.assign(outgoing.fields, insistOnHttps);
    if (isMounted) outgoing.hostRequest = webRequestOn(socket) ?? incoming;
    if (basePath !== "" || originalUrl !== undefined) {
      const entrance = enter(url, basePath, originalUrl);
      outgoing.basePath = entrance.basePath;
      outgoing.isBare = entrance.isBare;
      incoming.url = entrance.url;
    }
    return listener(incoming, outgoing);
  };
  const closeSocket = ({ socket }: IncomingMessage, ..._: unknown[]) => void socket.destroy();
  const onRequest = contain("request", closeSocket, (incoming: MountedRequest, outgoing: BrokerResponse) => {
    if (mustClose(incoming)) outgoing.shouldKeepAlive = false;
    return answer(incoming, outgoing);
  });
  const onUpgrade = contain(
    "upgrade",
    closeSocket,
    upgradeWith(answer, mayUpgrade(socketPaths, basePath), {
      handshakeMs: IDLE_MS,
      halfOpenMs: HALF_OPEN_MS,
    }),
  );
  const headersTimeout = settings.header_timeout_seconds * 1000;
  const options = {
    ServerResponse: BrokerResponse,
    headersTimeout,
    // One time for all would be too short for an upload: `superviseConnections` limits the rate instead.
    requestTimeout: 0,
    connectionsCheckingInterval: HEADERS_CHECK_MS,
    keepAliveTimeout: 60_000,
    // While OpenAI thinks, nothing is sent for minutes: TCP keep-alive finds out whether the caller is still there.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    shouldUpgradeCallback: mayUpgrade(socketPaths, basePath),
    // Node would refuse a request without one in its own format.
    requireHostHeader: false,
  };
  const server = certificate
    ? createTlsServer(options, onRequest, { certificate, handshakeMs: headersTimeout })
    : createServer(options, onRequest);
  // A client that waits for `100 Continue` gets it when its body is read, or a refusal before the body is sent.
  server.on("checkContinue", onRequest);
  server.on("checkExpectation", onRequest);
  server.on("upgrade", onUpgrade);
  server.setTimeout(IDLE_MS);
  const refuse = contain(
    "clientError",
    (_, socket: Socket) => void socket.destroy(),
    (error: Error, socket: Socket) => refusals.onSocket(error, socket, responseOn(socket)),
  );
  server.on("clientError", refuse);
  const connections = superviseConnections({
    periodMs: () => periodMs,
    refuseTooSlow: (socket) => refuse(tooSlow(), socket),
  });
  const supervise = (socket: Socket): void => {
    connections.add(socket);
    socket.once("close", () => connections.remove(socket));
  };
  const superviseContained = contain("connection", (socket: Socket) => void socket.destroy(), supervise);
  server.on("connection", superviseContained);
  // The socket of the requests; the one below it is there from the handshake on.
  server.on("secureConnection", superviseContained);
  const useTimeouts = (timeouts: ServerTimeouts): void => {
    server.headersTimeout = timeouts.header_timeout_seconds * 1000;
    periodMs = timeouts.request_timeout_seconds * 1000;
  };
  return { server, onRequest, onUpgrade, connections, useTimeouts };
};

/** Longer than a tool may take. A connection that neither sends nor reads for so long is closed. */
const IDLE_MS = 150_000;
/** Enough for a slow network to deliver the rest of what was sent. */
const HALF_OPEN_MS = 5000;
/** How late the time limit for headers may act. */
const HEADERS_CHECK_MS = 500;

const tooSlow = (): Error => Object.assign(new Error("too slow"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });

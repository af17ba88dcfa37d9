// Puts the app on a socket, and takes it off again without dropping a request.
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { BrokerEnv } from "./context.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { Outgoing } from "./outgoing.node.ts";
import { rawRefusals } from "./refuse-raw.ts";
import { slowReaders } from "./slow-readers.ts";

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

/** Rejects with an error that names the setting when the address cannot be had. */
export const listen = async (
  app: Hono<BrokerEnv>,
  lifecycle: Lifecycle,
  settings: ListenSettings,
): Promise<Listening> => {
  const { host, port } = settings;
  const refusals = rawRefusals(() => crypto.randomUUID());
  const listener = getRequestListener(app.fetch, { errorHandler: refusals.onRequest });
  const server = createServer(
    {
      ServerResponse: Outgoing,
      headersTimeout: settings.header_timeout_seconds * 1000,
      requestTimeout: settings.request_timeout_seconds * 1000,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: 60_000,
      // Node would refuse a request without one in words of its own.
      requireHostHeader: false,
    },
    listener,
  );
  // Whoever asks before sending a body is told to go on by the door that reads it, or refused before it is sent.
  server.on("checkContinue", listener);
  server.on("checkExpectation", listener);
  // Longer than a tool may take: whoever neither sends nor reads for so long has gone.
  server.setTimeout(IDLE_MS);
  server.on("clientError", refusals.onSocket);
  const stopWatching = watchReaders(server, settings.request_timeout_seconds * 1000);
  await bind(server, host, port);
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
      stopWatching();
    },
  };
};

const IDLE_MS = 150_000;
/** How late a time limit may strike. */
const CHECK_MS = 500;

const watchReaders = (server: Server, patienceMs: number): (() => void) => {
  const readers = slowReaders<Socket>(patienceMs);
  server.on("connection", (socket) => {
    readers.add(socket);
    socket.once("close", () => readers.remove(socket));
  });
  const timer = setInterval(() => readers.sweep(performance.now()), CHECK_MS).unref();
  return () => clearInterval(timer);
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
    server.listen(port, host, () => resolve());
  });

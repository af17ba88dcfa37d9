// Puts the app on a socket, and takes it off again without dropping a request.
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { Failure, type FailureCode } from "../failure.ts";
import type { BrokerEnv } from "./context.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { problemOf } from "./problem.ts";
import { securityHeaders } from "./security-headers.ts";

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
  const server = createServer(
    {
      headersTimeout: settings.header_timeout_seconds * 1000,
      requestTimeout: settings.request_timeout_seconds * 1000,
      connectionsCheckingInterval: 500,
      keepAliveTimeout: 60_000,
    },
    getRequestListener(app.fetch),
  );
  // Longer than a tool may take: whoever neither sends nor reads for so long has gone.
  server.setTimeout(IDLE_MS);
  server.on("clientError", refuseRaw);
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
    },
  };
};

const IDLE_MS = 150_000;

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

const rawFailures: Record<string, FailureCode> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-too-slow",
};

// What Node cannot parse never becomes a request; it is refused in the same words.
const refuseRaw = (
  error: NodeJS.ErrnoException,
  socket: Socket & { _httpMessage?: ServerResponse },
): void => {
  if (!socket.writable || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const failure = new Failure(rawFailures[error.code ?? ""] ?? "request-malformed");
  const body = JSON.stringify(problemOf(failure, crypto.randomUUID()));
  const fields = {
    "Content-Type": "application/problem+json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
    ...securityHeaders,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${failure.status} Refused\r\n${lines.join("")}\r\n${body}`);
};

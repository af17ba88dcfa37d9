// Opens the HTTP server's socket for the app, and closes it again without dropping a request.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describeCause } from "../../observe/describe-error.ts";
import type { Lifecycle } from "./lifecycle.ts";
import {
  createBrokerServer,
  type ServerPorts,
  type ServerSettings,
  type ServerTimeouts,
} from "./server.node.ts";

export interface Listening {
  /** `http://host:port`, and the base path. */
  url: string;
  /** Refuses new work, gives work in flight `drainSeconds` to end, then closes everything. */
  stop(drainSeconds: number): Promise<void>;
  useTimeouts(timeouts: ServerTimeouts): void;
}

export interface ListenSettings extends ServerSettings {
  host: string;
  port: number;
}

export interface ListenPorts extends ServerPorts {
  lifecycle: Lifecycle;
}

/** Rejects with an error that names the setting when the server cannot listen at the address. */
export const listen = async (
  app: Parameters<typeof createBrokerServer>[0],
  ports: ListenPorts,
  settings: ListenSettings,
): Promise<Listening> => {
  const { lifecycle, log } = ports;
  const { server, connections, useTimeouts } = createBrokerServer(app, ports, settings);
  await bind(server, settings.host, settings.port);
  // The system may be unable to accept a connection, for want of memory: that is no reason to end the process.
  server.on("error", (error) => log.write("error", "accept-failed", { cause: describeCause(error) }));
  return {
    url: urlOf(server.address() as AddressInfo) + settings.base_path,
    useTimeouts,
    stop: async (drainSeconds) => {
      const drained = lifecycle.drain();
      await Promise.race([drained, after(drainSeconds)]);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, after(1)]);
      server.closeAllConnections();
      connections.destroyAll();
      // What was cut off is told to the books, which close after this.
      await Promise.race([drained, after(1)]);
    },
  };
};

/** Connections that wait to be accepted. With Node's 511, part of a larger burst would wait a second for TCP to try again. */
const BACKLOG = 4096;

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

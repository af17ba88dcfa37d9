// Opens the HTTP server's socket for the app, and closes it again without dropping a request.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describeCause } from "../../observe/describe-error.ts";
import { leave } from "./leave.node.ts";
import type { Lifecycle } from "./lifecycle.ts";
import {
  createBrokerServer,
  type ServerPorts,
  type ServerSettings,
  type ServerTimeouts,
} from "./server.node.ts";

export interface Listening {
  /** `http://host:port` or `https://host:port`, and the base path. */
  url: string;
  /**
   * Takes no new connections, answers what comes on those that are open until they have been unused for `idleSeconds`, and gives
   * all that `drainSeconds`. Then it closes everything.
   */
  stop(drainSeconds: number, idleSeconds?: number): Promise<void>;
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
  const { lifecycle, log, certificate } = ports;
  const { server, connections, useTimeouts } = createBrokerServer(app, ports, settings);
  await bind(server, settings.host, settings.port);
  // The system may be unable to accept a connection, for want of memory: that is no reason to end the process.
  server.on("error", (error) => log.write("error", "accept-failed", { cause: describeCause(error) }));
  return {
    url: urlOf(certificate ? "https" : "http", server.address() as AddressInfo) + settings.base_path,
    useTimeouts,
    stop: async (drainSeconds, idleSeconds = 0) => {
      const end = performance.now() + drainSeconds * 1000;
      lifecycle.drain();
      const { closed, isUnused } = await leave(server, connections, idleSeconds);
      while (performance.now() < end && !(lifecycle.inFlight === 0 && isUnused())) await after(LOOK_SECONDS);
      const drained = lifecycle.refuse();
      server.close();
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

/** How late it may be noticed that the last request has ended. */
const LOOK_SECONDS = 0.02;

const urlOf = (scheme: string, { address, family, port }: AddressInfo): string =>
  `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${port}`;

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

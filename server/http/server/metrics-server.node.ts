// The metrics on a port of their own, without credentials: for a Prometheus that is let in by the network.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";

export interface MetricsServerPorts {
  render(): Promise<{ contentType: string; body: string }>;
  log: Log;
}

/** Few are ever needed; what else connects is cut off. */
const MAX_CONNECTIONS = 32;
/** From the connection to the end of the headers, and of the request. What takes longer is cut off within another second. */
const TIMEOUT_MS = 5000;
const CHECK_EVERY_MS = 1000;

/** Rejects with an error that names the setting when the port cannot be had. `close` waits for no scrape. */
export const openMetricsServer = async (
  { host, port }: { host: string; port: number },
  { render, log }: MetricsServerPorts,
): Promise<{ url: string; close(): Promise<void> }> => {
  let rendering: ReturnType<typeof render> | undefined;
  // Many who ask at the same time cost no more than one.
  const renderOnce = () => {
    rendering ??= render().finally(() => {
      rendering = undefined;
    });
    return rendering;
  };
  const answer = async (response: ServerResponse): Promise<void> => {
    try {
      const { contentType, body } = await renderOnce();
      response.writeHead(200, { "content-type": contentType, "cache-control": "no-store" }).end(body);
    } catch (error) {
      log.write("error", "metrics-not-rendered", { cause: describeCause(error) });
      say(response, 500, "The metrics could not be rendered; the log says why.");
    }
  };
  const server = createServer(
    {
      headersTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
      keepAliveTimeout: 75_000,
      maxHeaderSize: 8192,
    },
    ({ method, url = "" }, response) => {
      if (!/^\/metrics(?:\?|$)/.test(url)) return say(response, 404, "Here is only GET /metrics.");
      if (method !== "GET" && method !== "HEAD")
        return say(response, 405, "Ask with GET.", { allow: "GET, HEAD" });
      void answer(response);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(new Error(`METRICS_HOST, METRICS_PORT: ${advice(cause, host, port)}`, { cause })),
    );
    server.listen({ host, port }, resolve);
  });
  server.on("error", (error) => log.write("error", "metrics-accept-failed", { cause: describeCause(error) }));
  const { address, family, port: taken } = server.address() as AddressInfo;
  const url = `http://${family === "IPv6" ? `[${address}]` : address}:${taken}/metrics`;
  log.write("info", "metrics-listening", { url });
  return {
    url,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
};

const say = (
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
) => {
  response.writeHead(status, { "content-type": "text/plain", ...headers }).end(`${text}\n`);
};

const advice = ({ code, message }: NodeJS.ErrnoException, host: string, port: number): string => {
  if (code === "EADDRINUSE") return `${port} is taken by another program; choose another`;
  if (code === "EACCES") return `this user may not listen on ${port}; choose one above 1023`;
  return code === "EADDRNOTAVAIL" ? `this machine has no address ${host}` : message;
};

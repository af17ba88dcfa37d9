// The HTTP agents: connections to OpenAI, pooled for each origin. They speak HTTP/1.1: undici would speak HTTP/2 with a server that
// offers it, as OpenAI's does, and then opens no WebSocket there (extended CONNECT); nor was anything measured over it.
import { Agent, type buildConnector } from "undici";

/** How connections are made where a proxy or a client certificate is configured; else undefined. */
export type Connect = (timeoutMs: number) => buildConnector.connector | undefined;

const directly: Connect = () => undefined;

/** A short time, so that an unreachable address makes room for another key soon. */
const CONNECT_MS = 5000;
const KEEP_ALIVE_MS = 30_000;
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** A mint that OpenAI does not answer holds its connection for all of its time, while others have to be sent. */
const MINT_CONNECTIONS = 256;
const SOCKET_TIMEOUT_MS = 10_000;

/** For small requests whose responses are read whole: mints and moderations. `connections` is per origin. */
export const requestAgent = (connections = MINT_CONNECTIONS, connect = directly): Agent =>
  new Agent({
    connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    ...connecting(connect, CONNECT_MS),
  });

/** For relayed requests. */
export const relayAgent = (connect = directly): Agent =>
  new Agent({ keepAliveTimeout: KEEP_ALIVE_MS, ...connecting(connect, CONNECT_MS) });

/** For WebSockets. */
export const socketAgent = (connect = directly): Agent =>
  new Agent({ headersTimeout: SOCKET_TIMEOUT_MS, ...connecting(connect, SOCKET_TIMEOUT_MS) });

/** Its open connections, and the requests that wait for one. */
export const loadOf = (agent: Agent): { open: number; queued: number } => {
  let open = 0;
  let queued = 0;
  for (const stats of Object.values(agent.stats)) {
    open += Number(stats.connected);
    queued += "queued" in stats ? stats.queued : stats.pending;
  }
  return { open, queued };
};

/** For one probe: an old connection that survived an outage would prove nothing. */
export const probeAgent = (timeoutMs: number, connect = directly): Agent =>
  new Agent({ ...connecting(connect, timeoutMs), pipelining: 0, maxResponseSize: MAX_RESPONSE_BYTES });

const connecting = (connect: Connect, timeoutMs: number) => ({
  allowH2: false,
  connect: connect(timeoutMs) ?? { timeout: timeoutMs },
});

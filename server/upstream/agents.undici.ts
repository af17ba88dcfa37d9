// The HTTP agents: connections to OpenAI, pooled for each origin.
import { Agent } from "undici";

/** A short time, so that an unreachable address makes room for another key soon. */
const CONNECT_MS = 5000;
const KEEP_ALIVE_MS = 30_000;
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** A mint that OpenAI does not answer holds its connection for all of its time, while others have to be sent. */
const MINT_CONNECTIONS = 256;
const SOCKET_TIMEOUT_MS = 10_000;

/** For small requests whose responses are read whole: mints and moderations. `connections` is per origin. */
export const requestAgent = (connections = MINT_CONNECTIONS): Agent =>
  new Agent({
    connections,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxResponseSize: MAX_RESPONSE_BYTES,
    connect: { timeout: CONNECT_MS },
  });

/** For relayed requests. */
export const relayAgent = (): Agent =>
  new Agent({ keepAliveTimeout: KEEP_ALIVE_MS, connect: { timeout: CONNECT_MS } });

/** For WebSockets. */
export const socketAgent = (): Agent =>
  new Agent({ headersTimeout: SOCKET_TIMEOUT_MS, connect: { timeout: SOCKET_TIMEOUT_MS } });

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
export const probeAgent = (timeoutMs: number): Agent =>
  new Agent({ connect: { timeout: timeoutMs }, pipelining: 0, maxResponseSize: MAX_RESPONSE_BYTES });

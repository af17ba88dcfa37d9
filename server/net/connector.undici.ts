// Connects undici's agents to other servers: through a proxy, and with a client certificate, where they are configured.
import type { Socket } from "node:net";
import { buildConnector } from "undici";
import type { KeyPair } from "./key-pair.ts";
import type { ProxyFor } from "./proxies.ts";
import type { openTunnel } from "./tunnel.node.ts";

export interface ConnectionRules {
  proxyFor: ProxyFor;
  openTunnel: typeof openTunnel;
  /** What a connection to that origin presents; undefined for nothing. Asked for each connection, so a renewed certificate is used. */
  certificateFor(origin: string): KeyPair | undefined;
}

export type Connector = buildConnector.connector;

/** `timeoutMs` is for the tunnel, and again for the server behind it. HTTP/1.1 is spoken: see `agents.undici.ts`. */
export const connectorWith = (
  { proxyFor, openTunnel, certificateFor }: ConnectionRules,
  timeoutMs: number,
): Connector => {
  const options = { timeout: timeoutMs, allowH2: false };
  const plain = buildConnector(options);
  // Sessions of TLS are kept by a connector: one that began with an old certificate is not resumed with a new one.
  const certified = new WeakMap<KeyPair, Connector>();
  const connectorOf = (pair: KeyPair | undefined): Connector => {
    if (!pair) return plain;
    const { certificate: cert, key } = pair;
    const known = certified.get(pair) ?? buildConnector({ ...options, cert, key });
    certified.set(pair, known);
    return known;
  };
  return (target, callback) => {
    const { protocol, hostname, port } = target;
    const connect = connectorOf(certificateFor(originOf(target)));
    const proxy = proxyFor({ protocol, hostname, port });
    if (!proxy) {
      connect(target, callback);
      return;
    }
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    const authority = `${host}:${port || (protocol === "https:" ? 443 : 80)}`;
    openTunnel(proxy, authority, timeoutMs).then(
      (tunnel) => {
        if (protocol === "https:") connect({ ...target, httpSocket: tunnel }, callback);
        else callback(null, prepared(tunnel));
      },
      (error: Error) => callback(error, null),
    );
  };
};

const originOf = ({ protocol, host, hostname, port }: buildConnector.Options): string =>
  `${protocol}//${host ?? (port ? `${hostname}:${port}` : hostname)}`;

// As undici prepares its own.
const prepared = (socket: Socket): Socket => socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY_MS);

const KEEP_ALIVE_DELAY_MS = 60_000;

// Composes how the service connects to other servers: proxies, client certificates, authorities that it trusts.
import { dirname, resolve } from "node:path";
import type { Clock, Timers } from "../clock.ts";
import type { Config, Environment } from "../config/load.ts";
import { findSettings, parseSettings } from "../config/load-settings.ts";
import { type Connector, connectorWith } from "../net/connector.undici.ts";
import { fetchOver } from "../net/fetch.undici.ts";
import type { KeyPair } from "../net/key-pair.ts";
import { type ProxySettings, proxiesOf } from "../net/proxies.ts";
import { readPem } from "../net/read-pem.fs.ts";
import { openTunnel } from "../net/tunnel.node.ts";
import { type CertificateState, type WatchedKeyPair, watchKeyPair } from "../net/watched-key-pair.ts";
import type { Log } from "../observe/log.ts";
import type { Secret } from "../secret.ts";
import { SecretError } from "../secrets/store.ts";

export interface Outgoing extends AsyncDisposable {
  /** For agents of undici; undefined where they connect as they would by themselves. */
  connector(timeoutMs: number): Connector | undefined;
  /** For all requests that have no agent of their own. */
  fetch: typeof globalThis.fetch;
  /** For what makes connections of its own. */
  proxyOf(url: string): Secret | undefined;
  certificates(): readonly CertificateState[];
}

interface Ports {
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
  log: Pick<Log, "write">;
}

export interface OutgoingConfig extends Pick<Config, "client_certificates" | "file"> {
  settings: ProxySettings;
}

const CONNECT_MS = 10_000;

/** For stores of secrets, which are asked before the settings are known: through the proxies that the environment names. */
export const fetchAhead = (env: Environment): typeof globalThis.fetch => {
  const texts = findSettings(["https_proxy", "http_proxy", "no_proxy"], {}, env);
  const { values } = parseSettings(texts, "samples");
  if (!values.https_proxy && !values.http_proxy) return globalThis.fetch;
  const proxyFor = proxiesOf(values);
  const proxied = fetchOver(
    connectorWith({ proxyFor, openTunnel, certificateFor: () => undefined }, CONNECT_MS),
  );
  // Those in small letters decide.
  const unread = texts.needed.references.map(({ at }) => at).filter((name) => !env[name.toLowerCase()]);
  return async (input, init) => {
    const target = new URL(input instanceof Request ? input.url : input);
    const variable = target.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
    if (unread.includes(variable) && proxyFor(target)) {
      const why = `${variable} is a reference itself, and the way to ${target.host} leads through that proxy`;
      throw new SecretError(
        "refused",
        `cannot be read: ${why}; write its address out, or name ${target.hostname} in NO_PROXY`,
      );
    }
    return proxied.fetch(input, init);
  };
};

/** Also tells what is wrong with files of the configuration; what it opens is then not to be used. */
export const openOutgoing = async (
  config: OutgoingConfig,
  ports: Ports,
): Promise<{ outgoing: Outgoing; problems: readonly string[] }> => {
  const { pairs, problems } = await watchCertificates(config, ports);
  const current = new Map<string, KeyPair>();
  for (const [origin, pair] of pairs) pair.follow((next) => void current.set(origin, next));
  const proxyFor = proxiesOf(config.settings);
  const { https_proxy, http_proxy } = config.settings;
  const isPlain = pairs.length === 0 && !https_proxy && !http_proxy;
  const rules = { proxyFor, openTunnel, certificateFor: (origin: string) => current.get(origin) };
  const connector = (timeoutMs: number) => (isPlain ? undefined : connectorWith(rules, timeoutMs));
  const connectForFetch = connector(CONNECT_MS);
  const own = connectForFetch && fetchOver(connectForFetch);
  const outgoing: Outgoing = {
    connector,
    fetch: own?.fetch ?? globalThis.fetch,
    proxyOf: (url) => proxyFor(new URL(url)),
    certificates: () => pairs.map(([, pair]) => pair.state()),
    [Symbol.asyncDispose]: async () => {
      for (const [, pair] of pairs) pair[Symbol.dispose]();
      await own?.close();
    },
  };
  return { outgoing, problems };
};

const watchCertificates = async ({ client_certificates: all, file }: OutgoingConfig, ports: Ports) => {
  const folder = resolve(dirname(file ?? ""));
  const pairs: [origin: string, pair: WatchedKeyPair][] = [];
  const problems: string[] = [];
  for (const [index, { origin, certificate_file, key_file }] of all.entries()) {
    const files = { certificateFile: resolve(folder, certificate_file), keyFile: resolve(folder, key_file) };
    try {
      pairs.push([origin, await watchKeyPair({ use: origin, ...files }, { ...ports, read: readPem })]);
    } catch (error) {
      problems.push(`client_certificates[${index}]: ${(error as Error).message}`);
    }
  }
  return { pairs, problems };
};

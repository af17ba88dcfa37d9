// Which proxy a connection to another server takes: HTTPS_PROXY and HTTP_PROXY, unless NO_PROXY names the server.
import { isIP } from "node:net";
import { z } from "zod";
import type { Secret } from "../secret.ts";
import { secretText } from "../secret-schema.ts";
import { isLoopback, isNetwork } from "./address.ts";
import { trustedProxies } from "./client-address.ts";

const withScheme = (text: string): string => (/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);

const isProxyUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  const isBare = pathname === "/" && search === "" && hash === "";
  return (
    /^https?:$/.test(protocol) && hostname !== "" && isBare && !/%(?![\da-f]{2})/i.test(username + password)
  );
};

/** The address of a proxy, which may have a password in it. Without a scheme it is http, as curl takes it. */
export const proxyUrlSchema = secretText(
  z
    .string()
    .transform(withScheme)
    .refine(isProxyUrl, "must be the address of an HTTP proxy such as http://proxy.example.com:3128"),
  { sample: "http://secret-that-was-not-read", isEncoded: true },
);

export interface ProxySettings {
  https_proxy: Secret | undefined;
  http_proxy: Secret | undefined;
  no_proxy: readonly string[] | undefined;
}

/** A server to connect to, as `URL` has its parts. */
export interface Target {
  /** `https:` or `http:`. */
  protocol: string;
  /** IPv6 with or without brackets. */
  hostname: string;
  /** Empty for the protocol's own. */
  port: string;
}

/** The proxy's address; undefined where the connection is direct. */
export type ProxyFor = (target: Target) => Secret | undefined;

/**
 * This machine is always reached directly: a proxy would look for it on its own. An entry of `no_proxy` is a name, which stands for
 * what is below it too (`example.com`, `.example.com` and `*.example.com` are the same), an address, a network, or `*`, and may end
 * in `:port`.
 */
export const proxiesOf = ({ https_proxy, http_proxy, no_proxy = [] }: ProxySettings): ProxyFor => {
  if (!https_proxy && !http_proxy) return () => undefined;
  const exceptions = no_proxy.filter((entry) => entry !== "").map(exceptionOf);
  return ({ protocol, hostname, port }) => {
    const proxy = protocol === "https:" ? https_proxy : http_proxy;
    if (!proxy) return undefined;
    const host = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
    if (isThisMachine(host)) return undefined;
    const number = port || (protocol === "https:" ? "443" : "80");
    return exceptions.some((covers) => covers(host, number)) ? undefined : proxy;
  };
};

const isThisMachine = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || isLoopback(host);

type Exception = (host: string, port: string) => boolean;

const exceptionOf = (entry: string): Exception => {
  if (entry === "*") return () => true;
  if (isNetwork(entry)) {
    const network = trustedProxies([entry]);
    return (host) => isIP(host) !== 0 && network.contains(host);
  }
  const [, text = "", only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  const name = text.replace(/^\[|\]$|\.$/g, "").replace(/^\*?\./, "");
  return (host, port) =>
    (only === undefined || only === port) && (host === name || host.endsWith(`.${name}`));
};

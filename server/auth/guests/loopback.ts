// Whether a request without credentials comes from this machine's own user, a page of this service, or a foreign page.
import { isIP } from "node:net";
import { isLoopback } from "../../net/address.ts";

/** What the socket and the headers say of where a request came from. */
export interface Origin {
  /** The client's, as far as trusted proxies tell. */
  address: string;
  /** The address's key in limits: of IPv6 the /64. */
  network: string;
  host: string | undefined;
  origin: string | undefined;
  fetchSite: string | undefined;
  /** True when any header says that a proxy passed the request on. */
  forwarded: boolean;
  /** Whether the connection is https here, and not at a proxy only. */
  isEncrypted?: boolean;
}

/** The name or address in a `Host`, without its port; undefined for other texts. */
const nameIn = (host: string): string | undefined => {
  // A name and a port only: a user, a path or a fragment would hide what the URL parser takes for the name.
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
};

const isLoopbackName = (name: string): boolean =>
  name === "localhost" || name.endsWith(".localhost") || isLoopback(name);

/**
 * True only for a request of the local user. Not local: a proxy's (its peer is local, its client is not), a rebound
 * name's (`Host` is no loopback name), and another web site's (it could not read the answer, but would spend money).
 * A proxy on this machine that adds no header and passes its own `Host` cannot be told from the local user.
 */
export const isLocal = (from: Origin, allowedOrigins: ReadonlySet<string>): boolean => {
  if (from.forwarded || !isLoopback(from.address)) return false;
  const name = from.host === undefined ? undefined : nameIn(from.host);
  if (name === undefined || !isLoopbackName(name)) return false;
  const own = `${from.isEncrypted ? "https" : "http"}://${from.host}`;
  return isFromPage(from, (origin) => origin === own || allowedOrigins.has(origin));
};

/**
 * False for requests that a browser sends for a page of another web site. Requests of programs have neither `Origin` nor
 * `Sec-Fetch-Site`, and count as not from a page.
 */
export const isFromOwnPage = (from: Origin, allowedOrigins: ReadonlySet<string>): boolean =>
  isFromPage(from, (origin) => isOwnOrigin(origin, from.host) || allowedOrigins.has(origin));

const isFromPage = ({ origin, fetchSite }: Origin, isAllowed: (origin: string) => boolean): boolean => {
  if (origin !== undefined) return isAllowed(origin);
  return fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none";
};

// Without https, an attacker's name can be made to resolve to this service (DNS rebinding), and its pages would look like
// ours. Addresses and loopback names cannot be rebound, and with https the certificate proves the name.
const isOwnOrigin = (origin: string, host: string | undefined): boolean => {
  if (host === undefined || host === "") return false;
  if (origin === `https://${host}`) return true;
  const name = nameIn(host);
  return origin === `http://${host}` && name !== undefined && (isIP(name) !== 0 || isLoopbackName(name));
};

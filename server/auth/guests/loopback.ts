// Where a request without credentials comes from: this machine's own user, a page of this service, a foreign page.
import { BlockList, isIP, isIPv6 } from "node:net";

/** What the socket and the headers tell about where a request came from. */
export interface Origin {
  /** The client's own, as far as trusted proxies tell. */
  address: string;
  /** What counts as one address: of IPv6 the /64. */
  network: string;
  host: string | undefined;
  origin: string | undefined;
  fetchSite: string | undefined;
  /** True when any header says that a proxy passed the request on. */
  forwarded: boolean;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const isLoopbackAddress = (address: string): boolean =>
  address !== "" && loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");

/** The name or address in a `Host`, without its port; undefined for what is none. */
const nameIn = (host: string): string | undefined => {
  // A name and a port only: a user, a path or a fragment would hide what the URL parser takes for the name.
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
};

const isLoopbackName = (name: string): boolean =>
  name === "localhost" || name.endsWith(".localhost") || isLoopbackAddress(name);

/**
 * True for a request of the local user alone. Refused: a proxy's (its peer is local, its client is not), a rebound
 * name's (`Host` is no loopback name), and another web site's (it could not read the answer, but would spend money).
 * A proxy on this machine that adds no header and passes its own `Host` cannot be told from the local user.
 */
export const isLocal = (from: Origin, allowedOrigins: ReadonlySet<string>): boolean => {
  if (from.forwarded || !isLoopbackAddress(from.address)) return false;
  const name = from.host === undefined ? undefined : nameIn(from.host);
  if (name === undefined || !isLoopbackName(name)) return false;
  return isFromPage(from, (origin) => origin === `http://${from.host}` || allowedOrigins.has(origin));
};

/**
 * False for what a browser sends on behalf of another web site. What no page sent, such as a program's request, has
 * neither `Origin` nor `Sec-Fetch-Site`, and is none of that.
 */
export const isFromOwnPage = (from: Origin, allowedOrigins: ReadonlySet<string>): boolean =>
  isFromPage(from, (origin) => isOwnOrigin(origin, from.host) || allowedOrigins.has(origin));

const isFromPage = ({ origin, fetchSite }: Origin, isAllowed: (origin: string) => boolean): boolean => {
  if (origin !== undefined) return isAllowed(origin);
  return fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none";
};

// Without https, anybody's name can be made to lead here (DNS rebinding), and its pages would seem our own; nobody can
// rebind an address or a loopback name. With https the certificate proves the name.
const isOwnOrigin = (origin: string, host: string | undefined): boolean => {
  if (host === undefined || host === "") return false;
  if (origin === `https://${host}`) return true;
  const name = nameIn(host);
  return origin === `http://${host}` && name !== undefined && (isIP(name) !== 0 || isLoopbackName(name));
};

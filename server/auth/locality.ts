// Whether a request really comes from this machine's own user: the guard of the guest door.
import { BlockList, isIPv6 } from "node:net";

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

const isLoopbackName = (host: string): boolean => {
  // A name and a port only: a user, a path or a fragment would hide what the URL parser takes for the name.
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return false;
  const name = new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
  return name === "localhost" || name.endsWith(".localhost") || isLoopbackAddress(name);
};

/**
 * True for a request of the local user alone. Refused: a proxy's (its peer is local, its client is not), a rebound
 * name's (`Host` is no loopback name), and another web site's (it could not read the answer, but would spend money).
 */
export const isLocal = (from: Origin, allowedOrigins: ReadonlySet<string>): boolean => {
  if (from.forwarded || !isLoopbackAddress(from.address)) return false;
  if (from.host === undefined || !isLoopbackName(from.host)) return false;
  if (from.origin !== undefined) {
    return from.origin === `http://${from.host}` || allowedOrigins.has(from.origin);
  }
  return from.fetchSite === undefined || from.fetchSite === "same-origin" || from.fetchSite === "none";
};

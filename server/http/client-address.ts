// Where a request really came from: the socket's peer, or whom trusted proxies name.
import { BlockList, isIP, isIPv6 } from "node:net";

export type ForwardedHeader = "x-forwarded-for" | "forwarded";

/** Proxies whose word about their own peer is taken: addresses, or networks such as `10.0.0.0/8`. */
export interface TrustedProxies {
  contains(address: string): boolean;
}

/** Whether the text is an address or a network. */
export const isNetwork = (text: string): boolean => {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128);
};

/** Throws for what `isNetwork` refuses. */
export const trustedProxies = (networks: readonly string[]): TrustedProxies => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    list.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return { contains: (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4") };
};

/**
 * The address counted from the right: each hop was written by the one after it, so the first that is no trusted proxy is
 * the client, and everything left of it may be invented. A hop that is no address ends the search at the proxy that
 * wrote it.
 */
export const clientAddress = (
  peer: string,
  value: string | undefined,
  header: ForwardedHeader,
  proxies: TrustedProxies,
): string => {
  let address = plainAddress(peer) ?? "";
  if (value === undefined || address === "") return address;
  const hops = value.split(",");
  while (proxies.contains(address)) {
    const hop = hops.pop();
    const next = hop === undefined ? undefined : addressIn(hop, header);
    if (next === undefined) return address;
    address = next;
  }
  return address;
};

/** What limits count as one address: of IPv6 the /64, as whoever has one address has them all. */
export const addressKey = (address: string): string => {
  if (!isIPv6(address)) return address;
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const head = (groups[0] ?? "").split(":").filter((group) => group !== "");
  const tail = (groups[1] ?? "").split(":").filter((group) => group !== "");
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  const all = groups.length === 1 ? head : [...head, ...zeros, ...tail];
  return `${all.slice(0, 4).join(":")}::/64`;
};

const addressIn = (hop: string, header: ForwardedHeader): string | undefined => {
  if (header === "x-forwarded-for") return plainAddress(withoutPort(hop.trim()));
  const [, quoted, bare] = /(?:^|;)\s*for=(?:"([^"]*)"|([^";,\s]*))\s*(?:;|$)/i.exec(hop) ?? [];
  return plainAddress(withoutPort(quoted ?? bare ?? ""));
};

const withoutPort = (text: string): string => {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? [];
  return bracketed ?? plain ?? text;
};

// An IPv4 address in IPv6's clothes is an IPv4 address; a zone says which of our own interfaces, not who.
const plainAddress = (text: string): string | undefined => {
  const [address = ""] = text.split("%", 1);
  const [, mapped = address] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return isIP(mapped) === 0 ? undefined : mapped.toLowerCase();
};

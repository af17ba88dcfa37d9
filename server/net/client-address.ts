// Where a request really came from: the socket's peer, or whom trusted proxies name.
import { BlockList, isIP, isIPv6, SocketAddress } from "node:net";
import { type ForwardedHeader, lastHop } from "./forwarded.ts";

/** Proxies whose word about their own peer is taken: addresses, or networks such as `10.0.0.0/8`. */
export interface TrustedProxies {
  contains(address: string): boolean;
}

/** Whether the text is an address or a network. */
export const isNetwork = (text: string): boolean => {
  const [, address = "", bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128);
};

/** Throws for what `isNetwork` refuses. */
export const trustedProxies = (networks: readonly string[]): TrustedProxies => {
  if (networks.length === 0) return { contains: () => false };
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
  let address = peerAddress(peer);
  let rest = value ?? "";
  while (rest !== "" && address !== "" && proxies.contains(address)) {
    const hop = lastHop(rest, header);
    const next = hop.node === undefined ? undefined : plainAddress(hop.node);
    if (next === undefined) break;
    address = next;
    rest = hop.rest;
  }
  return address;
};

/** The socket's peer as an address; empty where the socket has none any more. A zone says which way, not who. */
export const peerAddress = (peer: string): string => plainAddress(peer.split("%", 1)[0] ?? "") ?? "";

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

// One address, one text. IPv4 in IPv6's clothes is IPv4.
const plainAddress = (text: string): string | undefined => {
  const version = isIP(text);
  if (version === 4) return text;
  if (version === 0 || text.includes("%")) return undefined;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
};

// Where a request came from.
import type { IncomingMessage } from "node:http";
import { clientAddress, peerAddress, type TrustedProxies } from "../../net/client-address.ts";
import { type ForwardedHeader, lastScheme } from "../../net/forwarded.ts";
import { fieldOf } from "../request/fields.ts";

export interface ClientAddressServices {
  proxies: TrustedProxies;
  forwardedHeader: ForwardedHeader;
}

export interface ClientAddress {
  /** The client's own address, as far as trusted proxies tell. */
  address: string;
  /** Whether a trusted proxy passed the request on. */
  isProxied: boolean;
  /** Whether that proxy says that the client came by https. */
  isHttps: boolean;
}

export const resolveClientAddress = (
  incoming: IncomingMessage,
  { proxies, forwardedHeader }: ClientAddressServices,
): ClientAddress => {
  const peer = peerAddress(incoming.socket.remoteAddress ?? "");
  const address = clientAddress(peer, fieldOf(incoming, forwardedHeader), forwardedHeader, proxies);
  const isProxied = peer !== "" && proxies.contains(peer);
  if (!isProxied) return { address, isProxied, isHttps: false };
  const scheme = fieldOf(incoming, forwardedHeader === "forwarded" ? "forwarded" : "x-forwarded-proto");
  const isHttps = scheme !== undefined && lastScheme(scheme, forwardedHeader)?.toLowerCase() === "https";
  return { address, isProxied, isHttps };
};

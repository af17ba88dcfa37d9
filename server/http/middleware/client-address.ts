// The door that finds out where a request came from, before anybody else asks.
import { clientAddress, peerAddress, type TrustedProxies } from "../../net/client-address.ts";
import { type ForwardedHeader, lastScheme } from "../../net/forwarded.ts";
import { type BrokerContext, header, type Middleware } from "../context.ts";
import { insistOnHttps } from "../response/security-headers.ts";

export interface ClientAddressServices {
  proxies: TrustedProxies;
  forwardedHeader: ForwardedHeader;
  /** Makes an address fit for a log line; undefined where none is wanted. */
  hashAddress(address: string): string | undefined;
}

/** Leaves the client's address with the request, and in its log line as the operator wants it there. */
export const resolveClientAddress = ({
  proxies,
  forwardedHeader,
  hashAddress,
}: ClientAddressServices): Middleware =>
  function resolveClientAddress(c, next) {
    const peer = peerAddress(c.env.incoming.socket.remoteAddress ?? "");
    const address = clientAddress(peer, header(c, forwardedHeader), forwardedHeader, proxies);
    const proxied = peer !== "" && proxies.contains(peer);
    c.set("address", address);
    c.set("proxied", proxied);
    const veiled = hashAddress(address);
    if (veiled !== undefined) c.get("event").client = veiled;
    if (proxied && cameByHttps(c, forwardedHeader)) Object.assign(c.env.outgoing.fields, insistOnHttps);
    return next();
  };

const cameByHttps = (c: BrokerContext, forwardedHeader: ForwardedHeader): boolean => {
  const value = header(c, forwardedHeader === "forwarded" ? "forwarded" : "x-forwarded-proto");
  return value !== undefined && lastScheme(value, forwardedHeader)?.toLowerCase() === "https";
};

// The door that finds out where a request came from, before anybody else asks.
import { clientAddress, type ForwardedHeader, type TrustedProxies } from "./client-address.ts";
import { type BrokerContext, type Door, header } from "./context.ts";
import { setSecurityHeaders } from "./security-headers.ts";

export interface LocateServices {
  proxies: TrustedProxies;
  forwardedHeader: ForwardedHeader;
  /** Makes an address fit for a log line; undefined where none is wanted. */
  veilAddress(address: string): string | undefined;
}

/** Leaves the client's address with the request, and in its log line as the operator wants it there. */
export const locate = ({ proxies, forwardedHeader, veilAddress }: LocateServices): Door =>
  async function locate(c, next) {
    const peer = c.env.incoming.socket.remoteAddress ?? "";
    const address = clientAddress(peer, header(c, forwardedHeader), forwardedHeader, proxies);
    c.set("address", address);
    const veiled = veilAddress(address);
    if (veiled !== undefined) c.get("event").client = veiled;
    setSecurityHeaders(
      c.env.outgoing,
      cameByHttps(c, clientAddress(peer, undefined, forwardedHeader, proxies), proxies),
    );
    await next();
  };

const cameByHttps = (c: BrokerContext, peer: string, proxies: TrustedProxies): boolean => {
  const scheme = header(c, "x-forwarded-proto") ?? /proto=(\w+)/i.exec(header(c, "forwarded") ?? "")?.[1];
  return scheme?.toLowerCase() === "https" && proxies.contains(peer);
};

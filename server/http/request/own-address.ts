// Where the caller reaches this service: what tickets are answered with as their address.
import { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";

export interface OwnAddressServices {
  /** `https://voice.example.com/broker`, without a slash at its end; undefined where each request tells. */
  publicUrl: string | undefined;
}

const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * The configured address; else that of the request's own header Host, or the X-Forwarded-Host of a trusted proxy. A caller who invents
 * either sends only their own page astray. Throws `request-malformed` where there is none.
 */
export const ownAddress = (facts: RequestFacts, { publicUrl }: OwnAddressServices): string => {
  if (publicUrl !== undefined) return publicUrl;
  const host = (facts.isProxied ? forwardedHost(facts) : undefined) ?? facts.header("host");
  if (host === undefined || !HOST.test(host)) {
    throw new Failure("request-malformed", "The header Host must name the address of this service.");
  }
  const isHttps = facts.isHttps || "encrypted" in facts.incoming.socket;
  return `${isHttps ? "https" : "http"}://${host}${facts.outgoing.basePath}`;
};

// The last was written by the trusted proxy; what stands before it may be the client's.
const forwardedHost = (facts: RequestFacts): string | undefined =>
  facts.header("x-forwarded-host")?.split(",").at(-1)?.trim() || undefined;

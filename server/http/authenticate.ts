// The door that asks who is calling.

import type { Credentials } from "../auth/authenticator.ts";
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failure.ts";
import { type BrokerContext, type Door, header, rawQuery } from "./context.ts";

const forwardingHeaders = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-real-ip",
  "cf-connecting-ip",
  "true-client-ip",
];

/** Lets known callers through and leaves who they are with the request. */
export const who = (authenticate: (credentials: Credentials) => Promise<Caller>): Door =>
  async function who(c, next) {
    const caller = await authenticate(credentialsOf(c));
    c.set("caller", caller);
    // A guest's id holds an address, which the log has no need of.
    c.get("event").caller = caller.kind === "guest" ? "guest" : caller.id;
    await next();
  };

const credentialsOf = (c: BrokerContext): Credentials => ({
  bearer: bearerOf(header(c, "authorization")),
  query: rawQuery(c),
  origin: {
    address: (c.env.incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    host: header(c, "host"),
    origin: header(c, "origin"),
    fetchSite: header(c, "sec-fetch-site"),
    forwarded: forwardingHeaders.some((name) => header(c, name) !== undefined),
  },
});

const bearerOf = (authorization: string | undefined): string | undefined => {
  if (authorization === undefined) return undefined;
  const [, token] = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  // Another scheme is a credential we cannot accept, not the absence of one.
  if (token === undefined) {
    const cause = new Error("the header Authorization is not of the form: Bearer TOKEN");
    throw new Failure("credentials-rejected", undefined, { cause });
  }
  return token;
};

// The door that asks who is calling.

import type { Credentials, Examination } from "../auth/authenticator.ts";
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
export const who = (authenticate: (credentials: Credentials) => Caller | Examination): Door =>
  async function who(c, next) {
    const answer = authenticate(credentialsOf(c));
    const caller = typeof answer === "function" ? await answer() : answer;
    c.set("caller", caller);
    // A guest's id holds an address, which the log has no need of.
    c.get("event").caller = caller.kind === "guest" ? "guest" : caller.id;
    await next();
  };

const credentialsOf = (c: BrokerContext): Credentials => ({
  ...authorizationOf(header(c, "authorization")),
  query: rawQuery(c),
  request: {
    method: c.req.method,
    target: c.env.incoming.url ?? "/",
    headers: c.env.incoming.headers,
  },
  origin: {
    address: (c.env.incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    host: header(c, "host"),
    origin: header(c, "origin"),
    fetchSite: header(c, "sec-fetch-site"),
    forwarded: forwardingHeaders.some((name) => header(c, name) !== undefined),
  },
});

const authorizationOf = (authorization: string | undefined): Pick<Credentials, "bearer" | "solution"> => {
  if (authorization === undefined) return { bearer: undefined, solution: undefined };
  const [, scheme, value] = /^(Bearer|Altcha) +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  // Another scheme is a credential we cannot accept, not the absence of one.
  if (scheme === undefined) {
    const cause = new Error("the header Authorization is not of the form: Bearer TOKEN");
    throw new Failure("credentials-rejected", undefined, { cause });
  }
  const isBearer = scheme.toLowerCase() === "bearer";
  return { bearer: isBearer ? value : undefined, solution: isBearer ? undefined : value };
};

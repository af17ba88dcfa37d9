// Authenticates the caller.
import type { Credentials, Verification } from "../../auth/authenticator.ts";
import type { Caller } from "../../auth/caller.ts";
import { rejected, rejectionReason } from "../../auth/rejection.ts";
import { addressKey } from "../../net/address.ts";
import { type BrokerContext, header, type Middleware, rawQuery } from "../context.ts";
import { tokenAmong } from "../request/socket-protocols.ts";
import { cutOff } from "../response/cut-off.ts";
import type { AttemptLimits } from "./rate-limits.ts";

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

export interface AuthenticateServices {
  authenticate(credentials: Credentials): Caller | Verification;
  attempts: AttemptLimits;
  /**
   * Calls `onEnded` with the reason when the credential has ended meanwhile. Answers how to stop watching; undefined where
   * it does not end.
   */
  watchCredential(caller: Caller, onEnded: (reason: string) => void): (() => void) | undefined;
}

/** Lets known callers through and leaves who they are with the request. What is open when a credential ends is cut. */
export const who = (services: AuthenticateServices): Middleware =>
  async function who(c, next) {
    const caller = await identify(services, c);
    c.set("caller", caller);
    // A guest's id holds an address, which the log has no need of.
    c.get("event").caller = caller.kind === "guest" ? "guest" : caller.id;
    const unwatch = services.watchCredential(caller, (reason) => cutOff(c, reason));
    if (!unwatch) return next();
    try {
      await next();
    } finally {
      unwatch();
    }
  };

// No more are examined at once than may still fail, so that a thousand guesses at once are no more than the limit.
const identify = async (
  { authenticate, attempts }: AuthenticateServices,
  c: BrokerContext,
): Promise<Caller> => {
  let answer: Caller | Verification;
  try {
    answer = authenticate(credentialsOf(c));
  } catch (error) {
    // What is refused at once costs nothing, but a guess is a guess.
    if (isRejection(error)) await attempts.count(c);
    throw error;
  }
  if (typeof answer !== "function") return answer;
  const end = await attempts.begin(c);
  try {
    const caller = await answer();
    await end(false);
    return caller;
  } catch (error) {
    await end(isRejection(error));
    throw error;
  }
};

const isRejection = (error: unknown): boolean => rejectionReason(error) !== undefined;

const credentialsOf = (c: BrokerContext): Credentials => ({
  ...authorizationOf(header(c, "authorization") ?? socketAuthorization(c)),
  query: rawQuery(c),
  request: () => ({
    method: c.req.method,
    target: c.env.incoming.url ?? "/",
    headers: c.env.incoming.headers,
  }),
  origin: () => ({
    address: c.get("address"),
    network: addressKey(c.get("address")),
    host: header(c, "host"),
    origin: header(c, "origin"),
    fetchSite: header(c, "sec-fetch-site"),
    forwarded: c.get("proxied") || forwardingHeaders.some((name) => header(c, name) !== undefined),
  }),
});

const socketAuthorization = (c: BrokerContext): string | undefined => {
  if (!c.env.outgoing.upgrade) return undefined;
  const token = tokenAmong(header(c, "sec-websocket-protocol"));
  return token === undefined ? undefined : `Bearer ${token}`;
};

const authorizationOf = (authorization: string | undefined): Pick<Credentials, "bearer" | "solution"> => {
  if (authorization === undefined) return { bearer: undefined, solution: undefined };
  const [, scheme, value] = /^(Bearer|Altcha) +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  // Another scheme is a credential we cannot accept, not the absence of one.
  if (scheme === undefined) {
    throw rejected("scheme-unknown", "the header Authorization is not of the form: Bearer TOKEN");
  }
  const isBearer = scheme.toLowerCase() === "bearer";
  return { bearer: isBearer ? value : undefined, solution: isBearer ? undefined : value };
};

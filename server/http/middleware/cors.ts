// Which web origins may read answers. Credentials travel in a header that no browser adds by itself.
import { cors } from "hono/cors";

import { type BrokerContext, header, type Middleware } from "../context.ts";

/** Configured origins only. A request without `Origin` is no cross-origin request and passes untouched. */
export const allowOrigins = (origins: ReadonlySet<string>): Middleware => {
  const answer = cors({
    origin: (origin) => (origins.has(origin) ? origin : null),
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    // Whatever the page's client sends: OpenAI's adds some of its own, and none of them is read here.
    allowHeaders: [],
    exposeHeaders: [
      ...["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"],
      ...[
        "x-broker-request-id",
        "x-broker-cache",
        "openai-processing-ms",
        "openai-version",
        "content-disposition",
      ],
    ],
    maxAge: 600,
  });
  return function allowOrigins(c, next) {
    if (header(c, "origin") === undefined) return next();
    return answer(c, next);
  };
};

/** A door for preflights alone: what browsers ask before a request, and `allowOrigins` answers by itself. */
export const forPreflights = (door: Middleware): Middleware =>
  function forPreflights(c, next) {
    const isPreflight = c.req.method === "OPTIONS" && header(c, "origin") !== undefined;
    return isPreflight ? door(c, next) : next();
  };

/** What a relayed answer, which is written past Hono, says of origins and of our own request. */
export const relayedFields = (c: BrokerContext): Record<string, string> => ({
  ...(header(c, "origin") !== undefined && crossOriginFields(c)),
  "x-broker-request-id": c.get("requestId"),
});

const crossOriginFields = (c: BrokerContext): Record<string, string> =>
  Object.fromEntries(
    [...c.res.headers].filter(([name]) => name === "vary" || name.startsWith("access-control-")),
  );

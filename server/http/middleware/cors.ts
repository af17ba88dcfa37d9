// Which web origins may read answers. Credentials travel in a header that no browser adds by itself.
import type { Context } from "hono";
import { cors } from "hono/cors";
import type { RequestFacts } from "../facts.ts";

const answer = cors({
  origin: (origin, c) => (c.get("origins").has(origin) ? origin : null),
  allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  // A page's client may send headers of its own.
  allowHeaders: [],
  exposeHeaders: [
    ...["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"],
    ...[
      "x-broker-request-id",
      "x-broker-cache",
      "x-broker-recorded",
      "openai-processing-ms",
      "openai-version",
    ],
    ...["x-broker-session", "x-broker-session-grant"],
    ...["content-disposition", "location"],
  ],
  maxAge: 600,
});

/** Adds the CORS fields where the origin is one of `origins`. A request without `Origin` is no cross-origin request. */
export const allowOrigins = async (
  c: Context,
  facts: RequestFacts,
  origins: ReadonlySet<string>,
): Promise<void> => {
  if (facts.header("origin") === undefined) return;
  c.set("origins", origins);
  const preflight = await answer(c, async () => {});
  facts.isPreflight = preflight !== undefined;
  const { fields, hostRequest } = facts.outgoing;
  for (const [name, value] of preflight?.headers ?? c.res.headers) fields[name] = value;
  // The session of an application in which the service is mounted is a cookie, which counts for these origins.
  if (hostRequest !== undefined && fields["access-control-allow-origin"] !== undefined)
    fields["access-control-allow-credentials"] = "true";
};

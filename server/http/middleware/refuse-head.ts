// HEAD is answered by running GET and dropping the body. Where GET does something, that would do it for nothing.
import { Failure } from "../../failures/failure.ts";
import type { Middleware } from "../context.ts";

/** Refuses HEAD on routes that mint or call. */
export const refuseHead: Middleware = function refuseHead(c, next) {
  if (c.req.method === "HEAD") {
    throw new Failure("method-not-allowed", "This address answers GET, POST.", {
      headers: { allow: "GET, POST" },
    });
  }
  return next();
};

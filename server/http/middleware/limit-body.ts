// Limits how long the body of a request may be.
import type { Middleware } from "../context.ts";
import { limitedBody } from "../request/body.ts";
import type { BodyMemory } from "../request/body-memory.ts";

/** Adds the body to the request's context. Throws `request-too-large` or `media-type-unsupported`. */
export const limitBody = (maxBytes: number, memory: BodyMemory): Middleware =>
  async function limitBody(c, next) {
    const { incoming, outgoing } = c.env;
    c.set("body", limitedBody(incoming, outgoing, c.get("caller"), memory, maxBytes));
    await next();
  };

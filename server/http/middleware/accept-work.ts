// Refuses new work while the instance drains, and counts the work in flight.
import { Failure } from "../../failures/failure.ts";
import type { Middleware } from "../context.ts";
import type { Lifecycle } from "../server/lifecycle.ts";

/** Refuses new work with `draining` once the instance shuts down; what is in flight goes on. */
export const acceptWork = (lifecycle: Lifecycle): Middleware =>
  async function acceptWork(_, next) {
    if (lifecycle.draining) {
      throw new Failure("draining", undefined, { headers: { connection: "close", "retry-after": "1" } });
    }
    lifecycle.enter();
    try {
      await next();
    } finally {
      lifecycle.leave();
    }
  };

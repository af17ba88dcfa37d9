// Whether this instance takes new work, and how much it is still doing.
import { Failure } from "../../failures/failure.ts";
import type { Middleware } from "../context.ts";

export interface Lifecycle {
  readonly draining: boolean;
  enter(): void;
  leave(): void;
  /** Takes no new work; resolves when the work in flight has ended. */
  drain(): Promise<void>;
}

export const createLifecycle = (): Lifecycle => {
  let inFlight = 0;
  const idle = Promise.withResolvers<void>();
  let draining = false;
  const settle = () => draining && inFlight === 0 && idle.resolve();
  return {
    get draining() {
      return draining;
    },
    enter: () => {
      inFlight += 1;
    },
    leave: () => {
      inFlight -= 1;
      settle();
    },
    drain: () => {
      draining = true;
      settle();
      return idle.promise;
    },
  };
};

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

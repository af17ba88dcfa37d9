// Refuses new work while the instance drains, and counts the work in flight.
import { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import type { Lifecycle } from "../server/lifecycle.ts";

/** Work in flight goes on. */
export const acceptWork = step(
  ["draining"],
  (facts: RequestFacts, { lifecycle }: { lifecycle: Lifecycle }) => {
    if (lifecycle.draining) {
      throw new Failure("draining", undefined, { headers: { connection: "close", "retry-after": "1" } });
    }
    lifecycle.enter();
    facts.onEnd(lifecycle.leave);
  },
);

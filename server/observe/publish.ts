// Tells each event to all who subscribe.
import { describeCause } from "./describe-error.ts";
import type { Subscriber } from "./event.ts";
import type { Log } from "./log.ts";

/** One subscriber's failure is logged, and keeps the event from no other. */
export const publishTo =
  (subscribers: readonly Subscriber[], log: Pick<Log, "write">): Subscriber =>
  (event) => {
    for (const subscriber of subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        log.write("error", "event-not-taken", { event: event.kind, cause: describeCause(error) });
      }
    }
  };

// Refuses new work while the service has more than it can do.
import { Failure } from "../../failures/failure.ts";
import type { LoadShedding, Priority } from "../../limits/load-shedding.ts";
import { addressKey } from "../../net/address.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";

/** A step that refuses before anything is done for the request. Operators' requests and probes do not take it. */
export const checkLoad = (priority: Priority) =>
  step(["load-too-high"], ({ address }: RequestFacts, { load }: { load: LoadShedding }) => {
    // Who calls is not known yet: to find out costs more than to refuse.
    if (!load.isShedding || load.admits(priority, addressKey(address))) return;
    throw new Failure("load-too-high", undefined, {
      headers: { "retry-after": `${load.retryAfterSeconds}` },
    });
  });

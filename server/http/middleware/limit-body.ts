// Limits how long the body of a request may be.
import type { Caller } from "../../auth/caller.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { type LimitedBody, limitedBody } from "../request/body.ts";
import type { BodyMemory } from "../request/body-memory.ts";

/** What reading a body may refuse. */
export const bodyFailures = [
  ...(["request-malformed", "request-too-large", "media-type-unsupported", "overloaded"] as const),
];

/** Adds the body, which is still to be read. */
export const limitBody = (maxBytes: number) =>
  step(
    bodyFailures,
    (
      { incoming, outgoing, caller }: RequestFacts & { caller: Caller },
      { bodyMemory }: { bodyMemory: BodyMemory },
    ): { body: LimitedBody | undefined } => ({
      body: limitedBody(incoming, outgoing, caller, bodyMemory, maxBytes),
    }),
  );

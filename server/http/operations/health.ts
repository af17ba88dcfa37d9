// GET /healthz: the process lives. GET /readyz: it takes work.
import { Failure } from "../../failures/failure.ts";
import { jsonAnswer } from "../answer.ts";
import { healthSchema } from "../openapi/response-schemas.ts";
import { operation } from "../operation.ts";
import type { Lifecycle } from "../server/lifecycle.ts";

export const healthz = operation({
  routes: { "GET /healthz": "healthz" },
  summary: "Whether the process lives",
  answer: jsonAnswer("It lives.", healthSchema),
  isProbe: true,
}).handle(() => ({ status: "ok" as const }));

export interface ReadyServices {
  lifecycle: Pick<Lifecycle, "draining">;
  /** An outage of OpenAI's is none: it concerns every instance alike, and tools go on. */
  rejectsAllKeys(): boolean;
}

const REJECTED = "OpenAI rejects every key of this service. The log names each: `upstream-key-out`.";

export const readyz = operation({
  routes: { "GET /readyz": "readyz" },
  summary: "Whether this instance takes work",
  answer: jsonAnswer("It does.", healthSchema),
  failures: ["draining", "upstream-unavailable"],
  isProbe: true,
}).handle((_, { lifecycle, rejectsAllKeys }: ReadyServices) => {
  if (lifecycle.draining) throw new Failure("draining");
  if (rejectsAllKeys())
    throw new Failure("upstream-unavailable", REJECTED, { headers: { "retry-after": "30" } });
  return { status: "ready" as const };
});

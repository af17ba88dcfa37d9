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

export const readyz = operation({
  routes: { "GET /readyz": "readyz" },
  summary: "Whether this instance takes work",
  answer: jsonAnswer("It does.", healthSchema),
  failures: ["draining"],
  isProbe: true,
}).handle((_, { lifecycle }: { lifecycle: Pick<Lifecycle, "draining"> }) => {
  if (lifecycle.draining) throw new Failure("draining");
  return { status: "ready" as const };
});

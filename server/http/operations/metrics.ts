// GET /metrics: what the service counted.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import { replyOf } from "../answer.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { operation, step } from "../operation.ts";

export interface MetricsServices {
  /** The whole registry in Prometheus' text format. */
  renderMetrics(): Promise<{ contentType: string; body: string }>;
  mayReadMetrics(caller: Caller): boolean;
}

const checkReader = step(
  ["metrics-forbidden"],
  ({ caller }: { caller: Caller }, { mayReadMetrics }: MetricsServices) => {
    if (!mayReadMetrics(caller)) throw new Failure("metrics-forbidden");
  },
);

export const metrics = operation({
  routes: { "GET /metrics": "metrics" },
  summary: "Counters in Prometheus' text format",
  answer: replyOf("The counters.", { "text/plain": "text" }),
  isQuiet: true,
})
  .step(authenticate)
  .step(checkReader)
  .handle(async (_, { renderMetrics }: MetricsServices) => {
    const { contentType, body } = await renderMetrics();
    return { headers: { "content-type": contentType, "cache-control": "no-store" }, body };
  });

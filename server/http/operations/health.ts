// GET /healthz: the process lives. GET /readyz: it takes work. GET /metrics: what it counted.
import type { Caller } from "../../auth/caller.ts";
import { Failure } from "../../failures/failure.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { Handler } from "../context.ts";
import type { Lifecycle } from "../server/lifecycle.ts";

const noStore = { "cache-control": "no-store" };

export const healthz = (): Handler => (c) => c.json({ status: "ok" }, 200, noStore);

export const readyz =
  ({ lifecycle }: { lifecycle: Pick<Lifecycle, "draining"> }): Handler =>
  (c) => {
    if (lifecycle.draining) throw new Failure("draining");
    return c.json({ status: "ready" }, 200, noStore);
  };

export interface MetricsServices {
  metrics: Pick<Metrics, "render">;
  mayReadMetrics(caller: Caller): boolean;
}

export const metrics =
  (services: MetricsServices): Handler =>
  async (c) => {
    if (!services.mayReadMetrics(c.get("caller"))) throw new Failure("metrics-forbidden");
    const { contentType, body } = await services.metrics.render();
    return c.body(body, 200, { "content-type": contentType, ...noStore });
  };

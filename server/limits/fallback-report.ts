// Tells the operator when this replica begins to count limits alone, and when Redis counts again.
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { FallbackPorts } from "./counter-with-fallback.ts";

/** Each count is a metric, each change a log line. A single failure while Redis is usable is no change. */
export const fallbackReport = (
  log: Log,
  metrics: Pick<Metrics, "limitsCounted">,
): FallbackPorts["onCounted"] => {
  let countsAlone = false;
  return (by, failure) => {
    metrics.limitsCounted(by);
    if (by === "redis" && countsAlone) {
      countsAlone = false;
      log.write("info", "limits-shared-again", {});
    }
    if (by === "fallback" && !countsAlone && !failure) {
      countsAlone = true;
      const effect = "each replica gives out limits.share_without_redis of each limit";
      log.write("warn", "limits-fallback", { setting: "REDIS_URL", reason: "it does not answer", effect });
    }
  };
};

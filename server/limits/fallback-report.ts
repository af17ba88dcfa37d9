// Tells the operator when this replica begins to count limits by itself, and when Redis counts again.
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";

/** For `onCounted` of the Redis counter: each count is a metric, each change a log line. One late answer is no change. */
export const insuranceReport = (log: Log, metrics: Pick<Metrics, "limitsCounted">) => {
  let insured = false;
  return (by: "redis" | "insurance", late?: Error): void => {
    metrics.limitsCounted(by);
    if (by === "redis" && insured) {
      insured = false;
      log.write("info", "limits-shared-again", {});
    }
    if (by === "insurance" && !insured && !late) {
      insured = true;
      const effect = "each replica gives out limits.share_without_redis of each limit";
      log.write("warn", "limits-insured", { setting: "REDIS_URL", reason: "it does not answer", effect });
    }
  };
};

// A counter that counts in shared state, and alone, with a share of each quota, while shared state does not answer.
import type { Counter } from "./counter.ts";
import type { SharedHealth } from "./shared-health.ts";

export interface FallbackPorts {
  shared: Counter;
  health: SharedHealth;
  /** Counts while shared state does not: stricter, never open. */
  fallback: Counter;
  /** `failure` where shared state is usable but failed, or was too late, this time. */
  onCounted(by: "redis" | "fallback", failure?: Error): void;
}

export const counterWithFallback = ({ shared, health, fallback, onCounted }: FallbackPorts): Counter => {
  const count = async <T>(askShared: () => T | Promise<T>, askFallback: () => T | Promise<T>): Promise<T> => {
    if (!health.isUsable()) {
      onCounted("fallback");
      return askFallback();
    }
    try {
      const counts = await askShared();
      health.onAnswered();
      onCounted("redis");
      return counts;
    } catch (error) {
      health.onFailed();
      onCounted("fallback", error instanceof Error ? error : new Error(String(error)));
      return askFallback();
    }
  };

  return {
    add: (entries, timeBudget) =>
      count(
        () => shared.add(entries, timeBudget),
        () => fallback.add(entries, timeBudget),
      ),
    look: (entries, timeBudget) =>
      count(
        () => shared.look(entries, timeBudget),
        () => fallback.look(entries, timeBudget),
      ),
  };
};

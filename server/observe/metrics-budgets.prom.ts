// The metrics of budgets in Prometheus' format.
import { Counter, Gauge, type Registry } from "prom-client";
import type { BudgetReached } from "./budget-event.ts";
import type { BudgetUse } from "./metrics.ts";

export interface BudgetMetrics {
  onReached(event: BudgetReached): void;
  /** `read` is asked whenever metrics are. */
  watch(read: () => readonly BudgetUse[]): void;
}

export const budgetMetrics = (registers: Registry[]): BudgetMetrics => {
  let read: () => readonly BudgetUse[] = () => [];
  const alerts = new Counter({
    name: "broker_budget_alerts_total",
    help: "Budgets that reached a threshold, by budget and percent; each once in a period, across replicas",
    labelNames: ["budget", "threshold"],
    registers,
  });
  new Gauge({
    name: "broker_budget_used_ratio",
    help: "How far a budget is used, 1 being all; where callers, teams or profiles have one each, that of the fullest",
    labelNames: ["budget", "unit"],
    registers,
    collect() {
      this.reset();
      const ratios = new Map<string, BudgetUse>();
      for (const use of read()) {
        const key = `${use.budget} ${use.unit}`;
        if (use.ratio >= (ratios.get(key)?.ratio ?? 0)) ratios.set(key, use);
      }
      for (const { budget, unit, ratio } of ratios.values()) this.set({ budget, unit }, ratio);
    },
  });
  return {
    onReached: ({ budget, threshold }) => alerts.inc({ budget, threshold }),
    watch: (next) => {
      read = next;
    },
  };
};

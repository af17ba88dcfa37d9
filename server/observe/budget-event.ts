// What happens to budgets.

/** A budget's threshold was crossed: once for each threshold and period, across replicas. */
export interface BudgetReached {
  kind: "budget-reached";
  /** Milliseconds since 1970. */
  at: number;
  /** Its name in broker.yaml. */
  budget: string;
  /** Whose it is: `user:bob`, `team:search`, `everyone`. */
  subject: string;
  /** In percent: 80, 90 or 100. */
  threshold: number;
  unit: "requests" | "tokens" | "minutes" | "cost_usd";
  used: number;
  limit: number;
  /** When the period ends, in milliseconds since 1970. */
  renewsAt: number;
}

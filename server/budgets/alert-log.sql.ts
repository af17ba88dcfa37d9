// Raised alerts in the database.
import type { BudgetReached } from "../observe/budget-event.ts";
import type { Database } from "../store/database.ts";
import type { AlertLog } from "./alert-log.ts";
import type { Threshold } from "./thresholds.ts";

export const sqlAlertLog = (database: Pick<Database, "all" | "run">): AlertLog => ({
  claim: async ({ account, threshold, event }, endsAt, now) => {
    const sql = `insert into budget_alerts (account, threshold, ends_at, event, claimed_at)
      values ($1, $2, $3, $4, $5) on conflict (account, threshold) do nothing`;
    return (await database.run(sql, [account, threshold, endsAt, JSON.stringify(event), now])) === 1;
  },
  raised: async (now) => {
    const rows = await database.all(
      "select account, ends_at, max(threshold) as threshold from budget_alerts where ends_at > $1 group by account, ends_at",
      [now],
    );
    return rows.map(({ account, ends_at: endsAt, threshold }) => ({
      account: String(account),
      ...{ endsAt: Number(endsAt), threshold: Number(threshold) },
    }));
  },
  delivered: async ({ account, threshold }, now) => {
    const sql = "update budget_alerts set delivered_at = $3 where account = $1 and threshold = $2";
    await database.run(sql, [account, threshold, now]);
  },
  reclaim: async (before, now) => {
    const open = "delivered_at is null and claimed_at < $1";
    const rows = await database.all(
      `select account, threshold, event, claimed_at from budget_alerts where ${open} order by claimed_at limit 1000`,
      [before],
    );
    const claimed = await Promise.all(
      rows.map(({ account = null, threshold = null, claimed_at: claimedAt = null }) =>
        database.run(
          "update budget_alerts set claimed_at = $4 where account = $1 and threshold = $2 and claimed_at = $3",
          [account, threshold, claimedAt, now],
        ),
      ),
    );
    return rows
      .filter((_, index) => claimed[index] === 1)
      .map(({ account, threshold, event }) => ({
        account: String(account),
        threshold: Number(threshold) as Threshold,
        event: JSON.parse(String(event)) as BudgetReached,
      }));
  },
});

// Alerts: tells once when an account reaches a threshold, whatever noticed it: a request, a restart or a lowered limit.
import type { Clock, Timers } from "../clock.ts";
import type { BudgetReached } from "../observe/budget-event.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Subscriber } from "../observe/event.ts";
import type { Log } from "../observe/log.ts";
import type { AlertLog, RaisedAlert } from "./alert-log.ts";
import type { Account } from "./charges.ts";
import type { LocalAmounts } from "./local-amounts.ts";
import { type Threshold, thresholdOf, thresholds } from "./thresholds.ts";
import { plainAmount } from "./units.ts";

export interface AlertPorts {
  local: LocalAmounts;
  alertLog: AlertLog;
  emit: Subscriber;
  log: Log;
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
  /** Resolves when the alert was taken; rejects when it was given up. At once where there is no webhook. */
  deliver(alert: RaisedAlert): Promise<void>;
}

export interface Alerts {
  /** `threshold` is what the account has reached, where that is known. Returns at once. */
  check(account: Account, threshold?: Threshold): void;
  /** Takes over alerts whose replica was lost, now and again later. Returns how to stop. */
  takeOver(): () => void;
}

/** Longer than delivering one may take with all its attempts. */
const TAKE_OVER_MS = 10 * 60_000;

export const createAlerts = ({ local, alertLog, emit, log, clock, timers, deliver }: AlertPorts): Alerts => {
  const report = (problem: string) => (error: unknown) =>
    log.write("error", problem, { cause: describeCause(error) });

  const deliverAndNote = async (alert: RaisedAlert): Promise<void> => {
    // What is given up was logged, and is taken over later.
    const isTaken = await deliver(alert).then(
      () => true,
      () => false,
    );
    if (isTaken) await alertLog.delivered(alert, clock.now()).catch(report("budget-alert-not-noted"));
  };

  const raise = async (account: Account, reached: Threshold): Promise<void> => {
    const known = local.of(account);
    const before = known.raised;
    known.raised = reached;
    const event = eventOf(account, reached, local.state(account).spent, clock.now());
    try {
      // The lower ones were passed at once: another replica is not to tell them afterwards.
      for (const threshold of thresholds) {
        if (threshold > reached || threshold <= before) continue;
        const alert = { account: account.id, threshold, event: { ...event, threshold } };
        const isFirst = await alertLog.claim(alert, account.period.endsAt, clock.now());
        if (!isFirst) continue;
        if (threshold < reached) await alertLog.delivered(alert, clock.now());
        else {
          emit(event);
          log.write("warn", "budget-reached", fieldsOf(event));
          void deliverAndNote(alert);
        }
      }
    } catch (error) {
      // The next request of the account tries again.
      known.raised = before;
      report("budget-alert-not-raised")(error);
    }
  };

  const takeOverLost = async (): Promise<void> => {
    const now = clock.now();
    const lost = await alertLog.reclaim(now - TAKE_OVER_MS, now);
    for (const alert of lost) void deliverAndNote(alert);
  };

  return {
    check: (account, threshold = thresholdOf(local.state(account).spent, account.limit)) => {
      if (threshold !== undefined && threshold > local.of(account).raised) void raise(account, threshold);
    },
    takeOver: () => {
      let isStopped = false;
      let cancel = (): void => {};
      const round = async (): Promise<void> => {
        await takeOverLost().catch(report("budget-alerts-not-read"));
        if (!isStopped) cancel = timers.after(TAKE_OVER_MS, () => void round());
      };
      void round();
      return () => {
        isStopped = true;
        cancel();
      };
    },
  };
};

const eventOf = (
  { budget, owner, unit, limit, period }: Account,
  threshold: Threshold,
  spent: number,
  at: number,
): BudgetReached => ({
  kind: "budget-reached",
  at,
  budget: budget.name,
  subject: owner,
  threshold,
  unit,
  used: plainAmount(unit, spent),
  limit: plainAmount(unit, limit),
  renewsAt: period.endsAt,
});

const fieldsOf = ({ budget, subject, threshold, unit, used, limit, renewsAt }: BudgetReached) => ({
  ...{ budget, subject, threshold, unit, used, limit },
  renews_at: new Date(renewsAt).toISOString(),
});

// Delivers alerts to a webhook: one after the other, again and later when that fails, and no more at once than a bound.
import type { Timers } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { RaisedAlert } from "./alert-log.ts";

export interface WebhookPorts {
  /** Rejects when the webhook does not take it. */
  send(alert: RaisedAlert): Promise<void>;
  timers: Pick<Timers, "after">;
  log: Log;
}

const MAX_WAITING = 1000;
/** Before the second attempt, the third, and so on. */
const PAUSES_MS = [1000, 5000, 15_000, 45_000, 120_000];

/** The promise rejects when the alert is given up. */
export const webhookDelivery = ({
  send,
  timers,
  log,
}: WebhookPorts): ((alert: RaisedAlert) => Promise<void>) => {
  let waiting = 0;
  // A webhook that hangs is asked once at a time.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (alert: RaisedAlert): Promise<void> => {
    const sent = last.then(() => send(alert));
    last = sent.catch(() => {});
    return sent;
  };
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void timers.after(ms, resolve));

  const attempt = async (alert: RaisedAlert, failures = 0): Promise<void> => {
    try {
      await inTurn(alert);
    } catch (error) {
      const { budget, threshold } = alert.event;
      const pauseMs = PAUSES_MS[failures];
      const next = pauseMs === undefined ? "later" : `in ${pauseMs / 1000} s`;
      const fields = { setting: "alerts.webhook", budget, threshold, next_attempt: next };
      log.write("warn", "budget-alert-not-delivered", { ...fields, cause: describeCause(error) });
      if (pauseMs === undefined) throw error;
      await pause(pauseMs);
      await attempt(alert, failures + 1);
    }
  };

  return async (alert) => {
    if (waiting >= MAX_WAITING) {
      log.write("error", "budget-alerts-too-many", { setting: "alerts.webhook", waiting });
      throw new Error("too many alerts wait for the webhook");
    }
    waiting += 1;
    try {
      await attempt(alert);
    } finally {
      waiting -= 1;
    }
  };
};

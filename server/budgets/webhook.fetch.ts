// Sends an alert to a webhook by HTTP, signed as Standard Webhooks says.
import { createHash } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { RaisedAlert } from "./alert-log.ts";
import type { WebhookConfig } from "./webhook-config.ts";

const TIMEOUT_MS = 10_000;

interface Ports {
  fetch: typeof globalThis.fetch;
  now(): number;
}

/** Rejects unless the webhook answers with 2xx in time. An alert has the same id each time it is sent. */
export const sendOver = (
  { url, secret }: WebhookConfig,
  { fetch, now }: Ports,
): ((alert: RaisedAlert) => Promise<void>) => {
  const signer = new Webhook(secret.reveal());
  return async (alert) => {
    const id = `budget_${createHash("sha256").update(`${alert.account}|${alert.threshold}`).digest("hex").slice(0, 32)}`;
    const at = new Date(now());
    const body = JSON.stringify(bodyOf(alert));
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": signer.sign(id, at, body),
      },
      body,
      // Another host would be another's choice.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
  };
};

const bodyOf = ({ event }: RaisedAlert) => {
  const { at, budget, subject, threshold, unit, used, limit, renewsAt } = event;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const data = { budget, subject, threshold, unit, used, limit, renews_at: iso(renewsAt) };
  return { type: "budget.reached", timestamp: iso(at), data };
};

// All metrics in Prometheus' format, through prom-client: one registry over the files beside this one.

import { Registry } from "prom-client";
import type { Subscriber } from "./event.ts";
import type { Metrics } from "./metrics.ts";
import { auditMetrics } from "./metrics-audit.prom.ts";
import { budgetMetrics } from "./metrics-budgets.prom.ts";
import { certificateMetrics } from "./metrics-certificates.prom.ts";
import { configurationMetrics } from "./metrics-configuration.prom.ts";
import { jobMetrics } from "./metrics-jobs.prom.ts";
import { ledgerMetrics } from "./metrics-ledger.prom.ts";
import { limitMetrics } from "./metrics-limits.prom.ts";
import { loadMetrics } from "./metrics-load.prom.ts";
import { processMetrics } from "./metrics-process.prom.ts";
import { requestMetrics } from "./metrics-requests.prom.ts";
import { rotationMetrics } from "./metrics-rotation.prom.ts";
import { secretMetrics } from "./metrics-secrets.prom.ts";
import { sessionMetrics } from "./metrics-sessions.prom.ts";
import { tokenMetrics } from "./metrics-tokens.prom.ts";
import { upstreamMetrics } from "./metrics-upstream.prom.ts";

/** A registry of its own, so that two services in one process do not share counts. */
export const prometheusMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  const requests = requestMetrics(registers);
  const jobs = jobMetrics(registers);
  const limits = limitMetrics(registers);
  const budgets = budgetMetrics(registers);
  const sessions = sessionMetrics(registers);
  const onEvent: Subscriber = (event) => {
    switch (event.kind) {
      case "minted":
      case "call-started":
      case "tool-called":
      case "relayed":
      case "reported":
      case "ticket-issued":
        return jobs.onDone(event);
      case "session-started":
        return sessions.onStarted(event.seconds);
      case "session-began":
        return sessions.onBegan(event);
      case "voice-metered":
        return sessions.onMetered(event);
      case "session-trouble":
        return sessions.onTrouble(event);
      case "session-ended":
        return sessions.onEnded(event);
      case "refused":
        requests.onRefused(event);
        limits.onRefused(event);
        return jobs.onRefused(event);
      case "request-ended":
        requests.onEnded(event);
        return jobs.onEnded(event);
      case "budget-reached":
        return budgets.onReached(event);
      case "operator-acted":
      case "origin-refused":
      case "proxy-unknown":
    }
  };
  return {
    onEvent,
    watchInFlight: requests.watchInFlight,
    limitsCounted: limits.limitsCounted,
    ...upstreamMetrics(registers),
    ...tokenMetrics(registers),
    ...rotationMetrics(registers),
    ...auditMetrics(registers),
    ...configurationMetrics(registers),
    watchBudgets: budgets.watch,
    watchSessions: sessions.watchSessions,
    watchLoad: loadMetrics(registers),
    watchCertificates: certificateMetrics(registers),
    ledger: ledgerMetrics(registers),
    ...secretMetrics(registers),
    ...processMetrics(registry),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
};

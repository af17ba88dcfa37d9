// Reports changes of the keys' states to the operator: a log line for each, and two gauges.
import { redact } from "../observe/redact.ts";
import type { KeyChange } from "./key-state.ts";
import { endpointFamilies } from "./routing.ts";

export interface ReportPorts {
  /** The setting that has the key's secret. */
  settingOf(key: string): string;
  log: { write(level: "info" | "warn", message: string, fields: Record<string, unknown>): void };
  metrics: {
    upstreamKeyUsable(key: string, usable: boolean): void;
    upstreamBreakerOpen(key: string, family: string, open: boolean): void;
    upstreamKeyGone(key: string, families: readonly string[]): void;
  };
}

export interface KeyReporter {
  /** To be called at the start, so that the gauges exist before anything happens. */
  begin(key: string): void;
  change(key: string, change: KeyChange, isUsable: boolean): void;
  /** Takes the key's gauges away. */
  end(key: string): void;
}

export const keyReporter = ({ log, metrics, settingOf }: ReportPorts): KeyReporter => {
  const out = (key: string, reason: string, more: Record<string, unknown> = {}) =>
    log.write("warn", "upstream-key-out", { key, ...more, reason });
  const write = (key: string, change: KeyChange): void => {
    switch (change.kind) {
      case "suspect":
      // The log of the reload tells it.
      case "replaced":
      case "token-first":
        break;
      case "token-missing":
        out(key, reasons["token-missing"], { setting: settingOf(key) });
        break;
      case "out":
        metrics.upstreamBreakerOpen(key, change.family, true);
        out(key, reasons.out, { family: change.family });
        break;
      case "back":
        metrics.upstreamBreakerOpen(key, change.family, false);
        log.write("info", "upstream-key-back", { key, family: change.family });
        break;
      case "invalid":
        out(key, reasons.invalid, { setting: settingOf(key) });
        break;
      case "no-quota":
        out(key, reasons["no-quota"]);
        break;
      case "valid":
      case "quota":
      case "token-back":
        log.write("info", "upstream-key-back", { key });
        break;
      case "limited":
        log.write("warn", "upstream-key-limited", {
          key,
          model: change.model && redact(change.model.slice(0, MAX_MODEL_LENGTH)),
          seconds: Math.ceil(change.waitMs / 1000),
        });
        break;
      case "restricted":
        log.write("warn", "upstream-key-restricted", { key, endpoint: change.endpoint });
        break;
    }
  };
  return {
    begin: (key) => {
      metrics.upstreamKeyUsable(key, true);
      for (const family of endpointFamilies) metrics.upstreamBreakerOpen(key, family, false);
    },
    change: (key, change, isUsable) => {
      metrics.upstreamKeyUsable(key, isUsable);
      write(key, change);
    },
    end: (key) => metrics.upstreamKeyGone(key, endpointFamilies),
  };
};

const MAX_MODEL_LENGTH = 64;

const reasons = {
  out: "it cannot be reached; a probe a second finds out when it can",
  invalid: "OpenAI does not know it, or its account (401); it is probed every 30 seconds at most",
  "token-missing":
    "its access token has ended, and its workload identity gives no other; see workload-identity-failing",
  "no-quota": "its account has no money left, or may spend no more; it is not used for a minute",
};

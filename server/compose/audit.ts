// Composes the audit trail of the running service.
import { createAnchors } from "../audit/anchors.ts";
import { auditedUsers } from "../audit/audited-users.ts";
import { sealerOf } from "../audit/chain.ts";
import { configurationEntries, type ReloadedNames } from "../audit/configuration.ts";
import type { AuditEntry } from "../audit/entry.ts";
import { thisProcess } from "../audit/machine.os.ts";
import { auditRecorder } from "../audit/recorder.ts";
import { countRepeats } from "../audit/refusals.ts";
import { sqlAuditStore } from "../audit/store.sql.ts";
import { createTrail } from "../audit/trail.ts";
import type { Users } from "../auth/users/users.ts";
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import type { Subscriber } from "../observe/event.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Random } from "../random.ts";
import type { Store } from "./store.ts";

interface Ports {
  store: Store;
  clock: Clock;
  timers: Timers;
  random: Pick<Random, "uuid">;
  log: Log;
  metrics: Pick<Metrics, "auditEntryLost" | "auditState">;
}

export interface ServiceAudit extends AsyncDisposable {
  onEvent: Subscriber;
  /** The users whose changes are written down as those of the configuration. */
  configuredUsers(users: Users): Users;
  /** With what a reload changed, by name; without it for the start. */
  configurationLoaded(config: Config, reloaded?: ReloadedNames): void;
  configurationRefused(config: Pick<Config, "digests" | "file">, problems: readonly string[]): void;
  /** A step in the rotation of a key, or one that failed. */
  keyRotation(key: string, details: AuditEntry["details"]): void;
}

/** What the start tells its user comes first. */
const FIRST_ANCHOR_MS = 2000;

/** Begins this start's chain. Closing it ends the chain, and writes what is waiting. */
export const openAudit = async (
  settings: Pick<Settings, "audit_retention_days" | "token_hash_key">,
  { store, clock, timers, random, log, metrics }: Ports,
): Promise<ServiceAudit> => {
  const kept = sqlAuditStore(store.database);
  const sealer = sealerOf(store.keyFor("audit"));
  const common = { store: kept, sealer, clock, timers, log };
  const trail = createTrail({
    ...common,
    chain: random.uuid(),
    onState: metrics.auditState,
    onLost: metrics.auditEntryLost,
  });
  const anchors = createAnchors({ ...common, retentionDays: settings.audit_retention_days });
  const refusals = countRepeats(trail.write, timers);
  const configurations = configurationEntries(await kept.lastConfiguration(), sealer, clock.now);
  const ofService = (action: AuditEntry["action"], details: AuditEntry["details"]): void =>
    trail.write({ at: clock.now(), action, actor: "service", details });
  const key = settings.token_hash_key === undefined ? "database" : "TOKEN_HASH_KEY";
  ofService("service-started", { ...thisProcess(), seal_key_from: key });
  // Before the first request, so that none is served by a start that left no entry. A failure stops nothing.
  await trail.flush();
  const cancelFirst = timers.after(FIRST_ANCHOR_MS, () => void anchors.anchor());
  const cancelAnchors = anchors.everyDay();
  return {
    onEvent: auditRecorder({ write: trail.write, writeRefusal: refusals.add }, clock.now),
    configuredUsers: (users) => auditedUsers(users, "configuration", trail.write, clock.now),
    configurationLoaded: (...loaded) => trail.write(configurations.loaded(...loaded)),
    configurationRefused: (config, problems) => trail.write(configurations.refused(config, problems)),
    keyRotation: (key, details) =>
      trail.write({
        ...{ at: clock.now(), action: "upstream-key-rotation", actor: "service" },
        ...{ target: `upstream_key:${key}`, details },
      }),
    [Symbol.asyncDispose]: async () => {
      cancelFirst();
      cancelAnchors();
      refusals.flush();
      ofService("service-stopped", {});
      // One that began while the database was away may fail though it is back.
      if ((await trail.flush()) || (await trail.flush())) await anchors.anchor();
      trail.close();
    },
  };
};

// Runs doctor's checks of the service's own side over a configuration of the test's choice.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemTimers } from "../../server/clock.ts";
import { serviceChecks } from "../../server/compose/doctor-service.ts";
import { loadConfig } from "../../server/config/load.ts";
import { createDisposal } from "../../server/disposal.ts";
import type { Check, Finding } from "../../server/doctor/finding.ts";
import { runChecks } from "../../server/doctor/run.ts";

export interface Examination {
  /** All but those that say that all is well. */
  faults: readonly string[];
  findings: readonly Finding[];
}

/** What checks find, one after another as `id: level`. */
export const examine = async (checks: readonly Check[]): Promise<Examination> => {
  const examined = await runChecks(checks, { timers: systemTimers });
  const findings = examined.flatMap((each) => each.findings);
  const faults = findings
    .filter(({ level }) => level === "fault" || level === "warning")
    .map(({ check, level }) => `${level} ${check}`);
  return { faults, findings };
};

/** Of a service with that environment; `only` is the ids of the checks to run. */
export const examineService = async (
  env: Record<string, string>,
  { yaml = "callers: { guests: loopback }", only }: { yaml?: string; only?: readonly string[] } = {},
): Promise<Examination> => {
  await using opened = createDisposal();
  const settings = {
    OPENAI_API_KEY: "sk-test-doctor",
    PORT: "0",
    DATABASE_URL: "sqlite::memory:",
    USAGE_JOURNAL: join(tmpdir(), "broker-test-journals"),
    ...env,
  };
  const config = loadConfig({ BROKER_CONFIG: "broker.yaml", ...settings }, () => yaml);
  const checks = serviceChecks(config, { env: settings, clock: systemClock }, opened);
  return await examine(only ? checks.filter(({ id }) => only.includes(id)) : checks);
};

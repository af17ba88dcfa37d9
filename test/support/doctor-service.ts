// Runs doctor's checks of the service's own side over a configuration of the test's choice.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock, systemTimers } from "../../server/clock.ts";
import { type CallerDoctorOptions, callerChecks } from "../../server/compose/doctor-callers.ts";
import { serviceChecks } from "../../server/compose/doctor-service.ts";
import { loadConfig } from "../../server/config/load.ts";
import { createDisposal } from "../../server/disposal.ts";
import type { Check, Finding } from "../../server/doctor/finding.ts";
import { runChecks } from "../../server/doctor/run.ts";

export interface Examination {
  /** Faults and warnings, such as `fault redis.auth`. */
  faults: readonly string[];
  findings: readonly Finding[];
}

type Env = Record<string, string>;

const guests = "callers: { guests: loopback }";

const configOf = (env: Env, yaml: string) => {
  const settings: Env = {
    OPENAI_API_KEY: "sk-test-doctor",
    PORT: "0",
    DATABASE_URL: "sqlite::memory:",
    USAGE_JOURNAL: join(tmpdir(), "broker-test-journals"),
    ...env,
  };
  return { settings, config: loadConfig({ BROKER_CONFIG: "broker.yaml", ...settings }, () => yaml) };
};

const examine = async (checks: readonly Check[]): Promise<Examination> => {
  const examined = await runChecks(checks, { timers: systemTimers });
  const findings = examined.flatMap((each) => each.findings);
  const faults = findings
    .filter(({ level }) => level === "fault" || level === "warning")
    .map(({ check, level }) => `${level} ${check}`);
  return { faults, findings };
};

/** Of a service with that environment; `only` is the ids of the checks to run. */
export const examineService = async (
  env: Env,
  { yaml = guests, only }: { yaml?: string; only?: readonly string[] } = {},
): Promise<Examination> => {
  await using opened = createDisposal();
  const { config, settings } = configOf(env, yaml);
  const checks = serviceChecks(config, { env: settings, clock: systemClock }, opened);
  return await examine(only ? checks.filter(({ id }) => only.includes(id)) : checks);
};

/** What lies between callers and a service with that environment. */
export const examineCallers = async (
  env: Env,
  {
    yaml = guests,
    clock = systemClock,
    ...options
  }: CallerDoctorOptions & { yaml?: string; clock?: Clock } = {},
): Promise<Examination> => {
  const { config } = configOf(env, yaml);
  return examine(callerChecks(config, options, { clock, fetch: globalThis.fetch }));
};

// Composes what `broker doctor` looks at.
import { type Clock, systemClock, systemTimers, type Timers } from "../clock.ts";
import type { Config, Environment } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import type { Disposal } from "../disposal.ts";
import type { Check, Finding } from "../doctor/finding.ts";
import { systemRandom } from "../random.ts";
import { type ConfigurationSource, openConfiguration } from "./configuration.ts";
import { callerChecks } from "./doctor-callers.ts";
import { serviceChecks } from "./doctor-service.ts";
import { upstreamChecks } from "./doctor-upstream.ts";
import { openNetwork } from "./network.ts";
import { storedSecrets } from "./stored-secrets.ts";
import { trustConfigured } from "./trust.ts";

export interface DoctorOptions {
  /** Whether sessions may be opened at OpenAI, which cost money. */
  withSession: boolean;
  /** The origin of a page, for CORS. */
  page?: string | undefined;
  /** The service's public address, as callers reach it through what stands in front. */
  url?: string | undefined;
}

export interface DoctorWorld {
  clock?: Clock;
  timers?: Timers;
}

/** Stores of secrets that do not answer are not waited for as long as at a start. */
const CONFIGURATION_MS = 8000;

const silent = { write: () => {} };

/** All checks for this configuration; of one that cannot be read, what is wrong with it. What they need is closed by `stack`. */
export const openDoctor = async (
  env: Environment,
  options: DoctorOptions,
  stack: Disposal,
  { clock = systemClock, timers = systemTimers }: DoctorWorld = {},
): Promise<readonly Check[]> => {
  try {
    trustConfigured(env);
    const source = stack.use(openConfiguration({ env, log: silent }));
    const config = await readConfig(source, timers);
    const { outgoing } = await openNetwork(config, { clock, timers, log: silent }, stack);
    const stored = await storedSecrets(config, source.sealing);
    const ports = { clock, timers, random: systemRandom, outgoing, stored };
    const upstreamPorts = { ...ports, adminKey: config.settings.openai_admin_key };
    return [
      ...serviceChecks(config, { env, clock }, stack),
      ...callerChecks(config, options, { clock, fetch: outgoing.fetch }),
      ...upstreamChecks(config, options, upstreamPorts, stack),
    ];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [unreadable(error.problems)];
  }
};

const readConfig = async (source: ConfigurationSource, timers: Timers): Promise<Config> => {
  const controller = new AbortController();
  const late = new ConfigError(["secrets: a store that broker.yaml refers to does not answer"]);
  const cancel = timers.after(CONFIGURATION_MS, () => controller.abort(late));
  try {
    return await source.read(controller.signal);
  } finally {
    cancel();
  }
};

const unreadable = (problems: readonly string[]): Check => ({
  ...{ id: "configuration", title: "Configuration" },
  run: async () =>
    problems.map((problem): Finding => {
      const [, subject = "broker.yaml", text = problem] = /^([^\s:]+): ([\s\S]*)$/.exec(problem) ?? [];
      return {
        ...{ check: "configuration.mistake", level: "fault", subject, title: "is not right" },
        cause: text,
        fix: "Correct it; the other checks begin where the configuration can be read.",
      };
    }),
});

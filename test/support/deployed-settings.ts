// The environment that files in deploy/ give to the service, as tests compare it with what the service reads.
import { settings } from "../../server/config/settings.ts";

/** Variables that Node and the start itself read, and the one that broker.yaml in deploy/ names. */
const others = ["BROKER_CONFIG", "NODE_COMPILE_CACHE", "OPERATOR_TOKEN"];

const known = new Set<string>([...Object.values(settings).map(({ env }) => env), ...others]);

/** The variables that the service does not know. */
export const unknownVariables = (names: readonly string[]): string[] =>
  names.filter((name) => !known.has(name));

/** The least number of seconds that a process manager must wait after SIGTERM: the time to drain, and that to close everything. */
export const secondsToStop = (environment: Readonly<Record<string, string>>): number => {
  const {
    DRAIN_SECONDS = settings.drain_seconds.default,
    DRAIN_IDLE_SECONDS = settings.drain_idle_seconds.default,
  } = environment;
  if (Number(DRAIN_IDLE_SECONDS) >= Number(DRAIN_SECONDS))
    throw new Error("idle connections outlast the drain");
  return Number(DRAIN_SECONDS) + 10;
};

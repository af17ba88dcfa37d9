// The service as a part of another application: what the package exports.
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import type { HostAuthenticate, HostCaller } from "./auth/host/host.ts";
import { sealingOf } from "./compose/sealing.ts";
import { createService } from "./compose/service.ts";
import type { brokerFileSchema } from "./config/broker-file.ts";
import { type Config, type Environment, loadConfig, parseConfig } from "./config/load.ts";
import { ConfigError } from "./config/problems.ts";
import { readIfPresent } from "./config/read-file.fs.ts";
import type { SettingsInput } from "./config/settings.ts";
import type { Mounted } from "./http/server/mount.node.ts";
import { jsonLog } from "./observe/log.pino.ts";
import type { Log } from "./observe/log.ts";

export { ConfigError } from "./config/problems.ts";
export * from "./tools/define.ts";
export type { HostCaller, Log };

/** What broker.yaml may hold, with `settings` under the names that they have there. */
export interface BrokerConfig extends Omit<z.input<typeof brokerFileSchema>, "settings"> {
  settings?: SettingsInput;
}

/** `HostRequest` is what the application hands over: Express' request, for example, or the web's. */
export interface BrokerOptions<HostRequest> {
  /** Values for `${NAME}` in the configuration, and settings by their environment names, which decide. Default: none. */
  env?: Environment;
  /**
   * The caller by the application's own session; undefined where there is none, then the ways that the configuration has are tried.
   * It counts for pages of this origin and of `cors.origins` only. What it throws refuses the request.
   */
  authenticate?: (
    request: HostRequest,
  ) => HostCaller | null | undefined | Promise<HostCaller | null | undefined>;
  /** Where log lines go. Default: standard output, as JSON, from `log_level` on. */
  log?: Log;
}

export interface Broker extends Omit<Mounted, "stop" | "useTimeouts"> {
  /** For guests of this machine: they open the page with `#token=…`. Undefined where `callers.guests` is not loopback. */
  localGuestToken: string | undefined;
  /**
   * Takes another configuration into use, or reads the same anew: its file and environment as they are now. Requests in flight end as
   * they began. Answers what changed, and what needs a restart, by name. Rejects with a `ConfigError` that lists all mistakes; then
   * nothing has changed.
   */
  reload(
    config?: BrokerConfig | string,
  ): Promise<{ changed: readonly string[]; needsRestart: readonly string[] }>;
  /** Refuses new work, gives work in flight `drain_seconds` to end, and closes what is open. */
  close(): Promise<void>;
}

/**
 * Builds the service. `config` is what broker.yaml holds, or the path of such a file. It opens the database and what else the
 * configuration asks for; no port, and no signal is listened to. Rejects with a `ConfigError` whose message lists all mistakes.
 */
export const createBroker = async <HostRequest = IncomingMessage | Request>(
  config: BrokerConfig | string,
  { env = {}, authenticate, log }: BrokerOptions<HostRequest> = {},
): Promise<Broker> => {
  if (authenticate !== undefined && typeof authenticate !== "function")
    throw new ConfigError(["authenticate: must be a function"]);
  const loaded = load(config, env);
  const ownLog = log ? undefined : jsonLog(loaded.settings.log_level);
  const lines = log ? guarded(log) : (ownLog as Log);
  const service = await createService(loaded, {
    log: lines,
    localGuests: "token",
    sealing: sealingOf(env),
    onSettings: ({ log_level }) => ownLog?.useLevel(log_level),
    authenticate: authenticate as HostAuthenticate | undefined,
  });
  for (const warning of service.warnings) lines.write("warn", warning, {});
  void service.checkKeys();
  const { stop, useTimeouts: _, ...mounted } = service.mount();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stop(service.config().settings.drain_seconds);
    ownLog?.flush();
  };
  return {
    ...mounted,
    localGuestToken: service.localGuestToken?.reveal(),
    reload: async (next = config) => {
      const { changed, needsRestart, warnings } = await service.useConfig(load(next, env));
      for (const warning of warnings) lines.write("warn", warning, {});
      return { changed, needsRestart };
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
};

// The application's own log may throw, which would leave an answer half done or end the process.
const guarded = (log: Log): Log => ({
  write: (...line) => {
    try {
      log.write(...line);
    } catch {}
  },
});

const load = (config: BrokerConfig | string, env: Environment): Config =>
  typeof config === "string"
    ? loadConfig({ ...env, BROKER_CONFIG: config }, readIfPresent)
    : parseConfig(config, env);

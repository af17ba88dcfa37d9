// The service as a part of another application: what the package exports.
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import type { HostAuthenticate, HostCaller } from "./auth/host/host.ts";
import { systemTimers } from "./clock.ts";
import { openConfiguration } from "./compose/configuration.ts";
import type { Reloaded } from "./compose/in-force.ts";
import { createReloads, type Reloads } from "./compose/reloads.ts";
import { createService } from "./compose/service.ts";
import type { brokerFileSchema } from "./config/broker-file.ts";
import type { Environment } from "./config/load.ts";
import { ConfigError } from "./config/problems.ts";
import type { SettingsInput } from "./config/settings.ts";
import { createDisposal } from "./disposal.ts";
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
   * Takes another configuration into use, or reads the same file and its secrets anew. Requests in flight end as
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
  const ownLog = log ? undefined : jsonLog("info");
  const lines = log ? guarded(log) : (ownLog as Log);
  await using opening = createDisposal();
  const open = (given: BrokerConfig | string) => openConfiguration({ ...sourceOf(given, env), log: lines });
  let source = open(config);
  opening.defer(() => source[Symbol.asyncDispose]());
  const loaded = await source.read(new AbortController().signal);
  const { settings } = loaded;
  if (settings.tls_ca_file !== undefined) throw new ConfigError([TRUST_OF_APPLICATION]);
  ownLog?.setLevel(settings.log_level);
  const service = await createService(loaded, {
    log: lines,
    secretAges: () => source.secretAges(),
    localGuests: "token",
    sealing: source.sealing,
    onSettings: ({ log_level }) => ownLog?.setLevel(log_level),
    authenticate: authenticate as HostAuthenticate | undefined,
  });
  for (const warning of service.warnings) lines.write("warn", warning, {});
  void service.checkKeys();
  const { stop, useTimeouts: _, ...mounted } = service.mount();
  const opened = opening.move();
  const readAgain = (signal: AbortSignal) => source.read(signal);
  const reloads = createReloads({ read: readAgain, service, timers: systemTimers, log: lines });
  const follow = () => source.onSecretsChanged(() => void reloads.reload("secret"));
  follow();
  const useOther = async (next: BrokerConfig | string): Promise<Reloaded> => {
    const other = open(next);
    const use = async () => service.useConfig(await other.read(new AbortController().signal));
    const reloaded = await use().catch(async (error: unknown) => {
      await other[Symbol.asyncDispose]();
      throw error;
    });
    const before = source;
    source = other;
    follow();
    await before[Symbol.asyncDispose]();
    return reloaded;
  };
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    reloads[Symbol.dispose]();
    await stop(service.config().settings.drain_seconds);
    await opened.disposeAsync();
    ownLog?.flush();
  };
  return {
    ...mounted,
    localGuestToken: service.localGuestToken?.reveal(),
    reload: async (next) => {
      const { changed, needsRestart } = next === undefined ? await reloadSame(reloads) : await useOther(next);
      return { changed, needsRestart };
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
};

const reloadSame = async ({ reload }: Reloads): Promise<Reloaded> => {
  const outcome = await reload("command");
  if (outcome.kind === "refused") throw new ConfigError(outcome.problems);
  return outcome;
};

const TRUST_OF_APPLICATION =
  "TLS_CA_FILE: a mounted service trusts whom its application trusts; start that with NODE_EXTRA_CA_CERTS=FILE";

// The application's own log may throw, which would leave an answer half done or end the process.
const guarded = (log: Log): Log => ({
  write: (...line) => {
    try {
      log.write(...line);
    } catch {}
  },
});

const sourceOf = (config: BrokerConfig | string, env: Environment) =>
  typeof config === "string" ? { env: { ...env, BROKER_CONFIG: config } } : { env, document: { ...config } };

// The service as a part of another application: what the package exports.
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import type { HostAuthenticate, HostCaller } from "./auth/host/host.ts";
import { openConfiguration } from "./compose/configuration.ts";
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

export interface Broker extends Omit<Mounted, "stop"> {
  /** For guests of this machine: they open the page with `#token=…`. Undefined where `callers.guests` is not loopback. */
  localGuestToken: string | undefined;
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
  const source = opening.use(openConfiguration({ ...sourceOf(config, env), log: lines }));
  const loaded = await source.read(new AbortController().signal);
  const { settings } = loaded;
  if (settings.tls_ca_file !== undefined) throw new ConfigError([TRUST_OF_APPLICATION]);
  ownLog?.setLevel(settings.log_level);
  const service = await createService(loaded, {
    log: lines,
    secretAges: source.secretAges,
    localGuests: "token",
    authenticate: authenticate as HostAuthenticate | undefined,
  });
  for (const warning of service.warnings) lines.write("warn", warning, {});
  void service.checkKeys();
  const { stop, ...mounted } = service.mount();
  const opened = opening.move();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stop(settings.drain_seconds);
    await opened.disposeAsync();
    ownLog?.flush();
  };
  return {
    ...mounted,
    localGuestToken: service.localGuestToken?.reveal(),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
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

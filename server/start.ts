// Starts the service, and says why it does not start.

import { keepRunning, systemTimers } from "./clock.ts";
import { openConfiguration } from "./compose/configuration.ts";
import { recordRefusedStart } from "./compose/refused-start.ts";
import { reloadOnChange } from "./compose/reload-on-change.ts";
import { createReloads } from "./compose/reloads.ts";
import { createService } from "./compose/service.ts";
import { trustConfigured } from "./compose/trust.ts";
import { withEnvFile } from "./config/env-file.ts";
import type { Environment } from "./config/load.ts";
import { ConfigError } from "./config/problems.ts";
import { readIfPresent } from "./config/read-file.fs.ts";
import { openDemo } from "./demo.ts";
import { type JsonLog, jsonLog } from "./observe/log.pino.ts";
import { systemRandom } from "./random.ts";
import type { Secret } from "./secret.ts";
import { stopOnSignalOrFatalError } from "./shutdown.node.ts";

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const run = async (environment: Environment, isDemo: boolean, log: JsonLog): Promise<void> => {
  trustIfPossible(withEnvFile(environment, readIfPresent).env);
  const source = openConfiguration({ env: environment, hasEnvFile: true, log });
  // It may wait for a store of secrets, with nothing else to do.
  const loaded = await keepRunning(source.read(new AbortController().signal));
  const demo = isDemo ? await openDemo(loaded, systemRandom) : undefined;
  const config = demo?.additionsTo(loaded) ?? loaded;
  for (const line of demo?.announcements ?? []) say(line);
  log.setLevel(config.settings.log_level);
  const localGuests = demo ? "open" : "token";
  const service = await createService(config, {
    ...{ log, localGuests, secretAges: source.secretAges, sealing: source.sealing },
    onSettings: ({ log_level }) => log.setLevel(log_level),
  });
  for (const warning of service.warnings) log.write("warn", warning, {});
  const listening = await service.listen();
  const reloads = createReloads({
    read: async (signal) => {
      const next = await source.read(signal);
      return demo?.additionsTo(next) ?? next;
    },
    ...{ service, log, timers: systemTimers },
  });
  const settings = () => service.config().settings;
  const watch = reloadOnChange({ source, service, reloads, timers: systemTimers });
  service.answerReloads(() => reloads.reload("command"));
  const stop = async () => {
    watch[Symbol.dispose]();
    reloads[Symbol.dispose]();
    const { drain_seconds: seconds, drain_idle_seconds: idleSeconds } = settings();
    log.write("info", "draining", { seconds });
    // A demo stands behind no proxy, and should end at once.
    await listening.stop(seconds, isDemo ? 0 : idleSeconds);
    await source[Symbol.asyncDispose]();
    await demo?.close();
    log.write("info", "stopped", {});
  };
  stopOnSignalOrFatalError({
    log,
    countFatalError: service.countFatalError,
    stop,
    withinMs: () => (settings().drain_seconds + CLOSE_SECONDS) * 1000,
    hangup: demo ? "end" : () => void reloads.reload("signal"),
  });
  if (service.localGuestToken) tellLocalGuests(listening.url, service.localGuestToken);
  if (demo) say(`Open ${listening.url}/ and press start.`);
  if (demo?.operatorToken) {
    say(`See who used what at ${listening.url}/admin#token=${demo.operatorToken.reveal()}`);
  }
  if (demo) say("");
  const { envFile } = withEnvFile(environment, readIfPresent);
  const read = { config: config.file ?? "built in", env_file: envFile };
  log.write("info", "listening", { url: listening.url, openai: config.settings.openai_base_url, ...read });
  log.flush();
  // OpenAI may take its time, and no start waits for it.
  void service.checkKeys();
  systemTimers.after(COLLECT_AFTER_MS, collectOnce);
};

// What is wrong with the file is told with all else that is.
const trustIfPossible = (env: Environment): void => {
  try {
    trustConfigured(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
};

// On standard error, which is no part of the log. A fragment is sent to no server, so no proxy's log has it either.
const tellLocalGuests = (url: string, token: Secret): void => {
  const here = url.replace(/\/\/(?:0\.0\.0\.0|\[::\]):/, "//127.0.0.1:");
  process.stderr.write(
    `Guests from this machine show a token, another with each start. Open ${here}/#token=${token.reveal()}\n`,
  );
};

// Loading leaves much behind, and V8 grows its heap by what it found alive: without it, half a gigabyte may fill up first.
const collectOnce = (): void =>
  void globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });

/** The first requests after a start do not wait for the collection. */
const COLLECT_AFTER_MS = 2000;

/** What it may take to close connections and databases once the requests in flight have ended. */
const CLOSE_SECONDS = 10;

const refuseToStart = async (error: unknown, env: Environment): Promise<never> => {
  const reasons =
    error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : String(error)];
  const lines = reasons.map((reason) => `  - ${reason}`);
  process.stderr.write(`realtime-key-broker does not start:\n${lines.join("\n")}\n`);
  if (error instanceof ConfigError) await recordRefusedStart(env, error.problems);
  process.exit(1);
};

/** Resolves when the service listens. `demo`, or `--demo`, lets local guests in and emulates OpenAI where there is no key. */
export const start = (env: Environment, args: readonly string[]): Promise<void> => {
  // Until the configuration says how much to log.
  const log = jsonLog("info");
  return run(env, args[0] === "demo" || args.includes("--demo"), log).catch((error) => {
    log.flush();
    return refuseToStart(error, env);
  });
};

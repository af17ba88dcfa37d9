// Reads the configuration anew when it is asked for, and takes it into use; one reading at a time.
import { hash } from "node:crypto";
import type { Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import type { Log } from "../observe/log.ts";
import { redact } from "../observe/redact.ts";
import type { Reloaded } from "./in-force.ts";

/** What asked for it. A file or a secret gets no answer: what it changed is tried again until it is in force. */
export type ReloadTrigger = "signal" | "command" | "file" | "secret";

export type ReloadOutcome =
  | ({ kind: "applied" } & Reloaded)
  /** The configuration in force stays. */
  | { kind: "refused"; problems: readonly string[] };

/** Disposing it ends attempts that are still to come. */
export interface Reloads extends Disposable {
  /** Never rejects. What is asked for while a reading is under way shares the next one, which sees all that was written by then. */
  reload(trigger: ReloadTrigger): Promise<ReloadOutcome>;
}

interface Ports {
  /** Reads files, environment and secrets. Throws `ConfigError` with all problems. */
  read(signal: AbortSignal): Promise<Config>;
  service: {
    config(): Config;
    useConfig(config: Config): Promise<Reloaded>;
    refuseConfig(problems: readonly string[]): void;
  };
  timers: Pick<Timers, "after">;
  log: Log;
}

/** Secrets may come from stores that do not answer. */
const READ_MS = 120_000;
/** A database or another server may have been away just when a file or a secret changed, which will not change again. */
const RETRY_MS = 30_000;

export const createReloads = ({ read, service, timers, log }: Ports): Reloads => {
  /** What the log said last of a refusal; a file that stays broken is told once. */
  let told = "";
  let toldRestart = "";
  const toldWarnings = new Set<string>();
  let cancelRetry = (): void => {};
  let isStopped = false;

  const readWithinTime = async (): Promise<Config> => {
    const late = new AbortController();
    const cancel = timers.after(READ_MS, () =>
      late.abort(new Error(`the configuration could not be read within ${READ_MS / 1000} s`)),
    );
    try {
      const config = await Promise.race([read(late.signal), rejectedBy(late.signal)]);
      refuseVanished(service.config(), config);
      return config;
    } catch (error) {
      service.refuseConfig(problemsOf(error));
      throw error;
    } finally {
      cancel();
    }
  };

  const run = async (trigger: ReloadTrigger): Promise<ReloadOutcome> => {
    try {
      const reloaded = await service.useConfig(await readWithinTime());
      told = "";
      cancelRetry();
      tellApplied(trigger, reloaded);
      return { kind: "applied", ...reloaded };
    } catch (error) {
      const problems = problemsOf(error);
      const isAsked = trigger === "signal" || trigger === "command";
      if (!isAsked) retryLater(trigger);
      if (isAsked || told !== problems.join("\n")) {
        log.write("error", "configuration-refused", { trigger, problems, advice: ADVICE });
      }
      told = problems.join("\n");
      return { kind: "refused", problems };
    }
  };

  const retryLater = (trigger: ReloadTrigger): void => {
    cancelRetry();
    if (isStopped) return;
    cancelRetry = timers.after(RETRY_MS, () => void reload(trigger));
  };

  const tellApplied = (trigger: ReloadTrigger, { changed, needsRestart, warnings }: Reloaded): void => {
    const isSameWait = needsRestart.join() === toldRestart;
    toldRestart = needsRestart.join();
    if (changed.length === 0 && isSameWait) {
      log.write("info", "configuration-unchanged", { trigger });
      return;
    }
    log.write("info", "configuration-reloaded", { trigger, changed });
    if (needsRestart.length > 0) {
      log.write("warn", "restart-needed", {
        settings: needsRestart,
        reason: "they stay as they were until then",
      });
    }
    for (const warning of warnings.filter((each) => !toldWarnings.has(each))) {
      toldWarnings.add(warning);
      log.write("warn", warning, {});
    }
  };

  let running: Promise<unknown> | undefined;
  let next: Promise<ReloadOutcome> | undefined;
  const reload = (trigger: ReloadTrigger): Promise<ReloadOutcome> => {
    next ??= (async () => {
      await running;
      const outcome = run(trigger);
      running = outcome;
      next = undefined;
      return outcome;
    })();
    return next;
  };
  return {
    reload,
    [Symbol.dispose]: () => {
      isStopped = true;
      cancelRetry();
    },
  };
};

const ADVICE = "the configuration in force stays; mend it, and it is read again";

const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

const problemsOf = (error: unknown): readonly string[] =>
  error instanceof ConfigError
    ? error.problems
    : [redact(error instanceof Error ? error.message : String(error))];

const EMPTY = hash("sha256", "", "hex");

// An editor or a copy that is half done: both would be a configuration of nothing but defaults.
const refuseVanished = (before: Config, now: Config): void => {
  if (before.file === undefined) return;
  if (now.file === undefined) throw new ConfigError([`${before.file}: is gone`]);
  if (now.digests.file === EMPTY && before.digests.file !== EMPTY)
    throw new ConfigError([`${now.file}: is empty`]);
};

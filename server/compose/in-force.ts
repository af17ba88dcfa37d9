// The configuration in force: requests come under its policy, until another takes its place as a whole.
import { changesOf, keepUntilRestart } from "../config/changes.ts";
import type { Config } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import type { Settings } from "../config/settings.ts";
import { findWarnings } from "../config/warnings.ts";
import { createPolicy, findPolicyProblems, type Policy } from "./policy.ts";
import type { Resources } from "./resources.ts";
import { applyUsers } from "./store.ts";
import type { LoadedTools, ToolLoader } from "./tools.ts";

/** What came of a configuration that was taken into use. Names only, never values. */
export interface Reloaded {
  /** What is another now, such as `profiles.support`. */
  changed: readonly string[];
  /** Settings that stay as they were until the next start. */
  needsRestart: readonly string[];
  /** What the operator should know. */
  warnings: readonly string[];
}

export interface InForce extends AsyncDisposable {
  config(): Config;
  policy(): Policy;
  /**
   * Answers requests that begin from now on by this configuration; those in flight end as they began. One after another: the last
   * that was asked for is the one that holds. Throws `ConfigError` with all problems; then nothing has changed.
   */
  use(config: Config): Promise<Reloaded>;
  /** Notes that a configuration could not even be read. */
  refuse(problems: readonly string[]): void;
}

interface Ports {
  tools: ToolLoader;
  resources: Resources;
  /** Told of each change of the settings in force. */
  onSettings(settings: Settings): void;
}

/** `first` was checked, and its tools are loaded. Disposing it ends what is under way, and closes the tools. */
export const createInForce = async (
  first: Config,
  firstTools: LoadedTools,
  keepSettings: (settings: Settings) => void,
  { tools: loader, resources, onSettings }: Ports,
): Promise<InForce> => {
  const { audit, store, hasHost, upstream, log, clock, lifecycle, metrics } = resources;
  let config = first;
  let policy = await createPolicy(first, firstTools, resources);
  policy.begin();
  audit.configurationLoaded(first);
  metrics.configurationRead(true, clock.now());
  let isClosing = false;
  const throwIfClosing = (): void => {
    if (isClosing || lifecycle.draining) throw new Error("the service is stopping");
  };

  /** The policy of the next configuration, ready to begin, or what is wrong with it. */
  const prepare = async (next: Config, effective: Config, tools: LoadedTools): Promise<Policy> => {
    const users = await store.users.count();
    const both = [next, effective].flatMap((each) => findPolicyProblems(each, tools, users, hasHost));
    const problems = [...new Set(both)];
    if (problems.length > 0) throw new ConfigError(problems);
    const prepared = await createPolicy(effective, tools, resources);
    throwIfClosing();
    // The last step that can fail.
    await applyUsers(effective.users, audit.configuredUsers(store.users), store.hasher, { clock, log });
    return prepared;
  };

  const apply = async (next: Config): Promise<Reloaded> => {
    throwIfClosing();
    const { config: effective, needsRestart } = keepUntilRestart(config, next);
    const tools = await loader.load(effective);
    const keys = upstream.prepareKeys(effective);
    try {
      await keys.ready();
      const prepared = await prepare(next, effective, tools);
      const changed = changesOf(config, effective);
      keepSettings(effective.settings);
      config = effective;
      policy = prepared;
      policy.begin();
      refused = "";
      keys.use();
      onSettings(effective.settings);
      const isNews = changed.length > 0 || needsRestart.join() !== waiting;
      waiting = needsRestart.join();
      if (isNews) audit.configurationLoaded(next, { changed, needsRestart });
      metrics.configurationRead(true, clock.now());
      const today = new Date(clock.now()).toISOString().slice(0, 10);
      return { changed, needsRestart, warnings: findWarnings(effective, today) };
    } catch (error) {
      keys.discard();
      await tools.discard();
      metrics.configurationRead(false, clock.now());
      if (error instanceof ConfigError) refuse(next, error.problems);
      throw error;
    }
  };

  /** What needs a restart, as it was told last. */
  let waiting = "";
  // One that a file repeats again and again is written once.
  let refused = "";
  const refuse = (next: Pick<Config, "digests" | "file">, problems: readonly string[]): void => {
    const text = problems.join("\n");
    if (text !== refused) audit.configurationRefused(next, problems);
    refused = text;
  };

  let changes: Promise<unknown> = Promise.resolve();
  return {
    config: () => config,
    policy: () => policy,
    use: (next) => {
      const applied = changes.then(() => apply(next));
      changes = applied.catch(() => {});
      return applied;
    },
    refuse: (problems) => {
      metrics.configurationRead(false, clock.now());
      refuse({ file: config.file, digests: { file: undefined, parts: {} } }, problems);
    },
    [Symbol.asyncDispose]: async () => {
      isClosing = true;
      await loader[Symbol.asyncDispose]();
      await changes;
    },
  };
};

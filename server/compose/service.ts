// The service: an HTTP server over the current policy, closed in reverse order of its opening.
import { createApp, socketPaths } from "../app.ts";
import { systemTimers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { findRoleProblems } from "../config/name-check.ts";
import { ConfigError } from "../config/problems.ts";
import { findWarnings } from "../config/warnings.ts";
import { createDisposal, type Disposal } from "../disposal.ts";
import { findUnbuilt } from "../http/assets/assets.ts";
import { type Listening, listen } from "../http/server/listen.node.ts";
import { type Mounted, mount } from "../http/server/mount.node.ts";
import { systemRandom } from "../random.ts";
import type { Secret } from "../secret.ts";
import { openNetwork } from "./network.ts";
import { createPolicy, findPolicyProblems, type Policy } from "./policy.ts";
import { type ConnectedWorld, openResources, type Resources, type World } from "./resources.ts";
import { type Store, tryToOpenStore } from "./store.ts";
import { openTools, type ToolResources } from "./tools.ts";

export interface Service {
  /** What the operator should know; the start goes on. */
  warnings: readonly string[];
  /** For this machine's user; undefined where local guests are not let in, or show nothing. */
  localGuestToken: Secret | undefined;
  countFatalError(): void;
  /** Tries each key at OpenAI once, and warns in the log of those that do not work. Never rejects. */
  checkKeys(): Promise<void>;
  /**
   * Answers requests that begin from now on by this configuration; those in flight end as they began. Settings and upstream keys
   * stay those of the start. Throws `ConfigError` with all problems; then nothing has changed.
   */
  usePolicy(config: Config): Promise<void>;
  /** Rejects with an error that names the setting when the address cannot be had; then everything is closed. */
  listen(): Promise<Listening>;
  /** Answers requests of another application's server instead. */
  mount(): Mounted;
}

/** Builds everything a running service needs. Throws `ConfigError` with all problems; then everything is closed. */
export const createService = async (config: Config, given: World): Promise<Service> => {
  await using opening = createDisposal();
  const network = await openNetwork(config, given, opening);
  const world = { ...given, fetch: given.fetch ?? network.outgoing.fetch };
  const tools = await openTools(config, toolPorts(world), opening);
  const store = await openCheckedStore(config, tools, world);
  opening.defer(store.close);
  const resources = await openResources(config, { store, tools, network }, world, opening);
  const today = new Date(resources.clock.now()).toISOString().slice(0, 10);
  const warnings = [
    ...findWarnings(config, today),
    ...findUnbuilt(resources.assets, config.settings.page),
    ...findRoleProblems(config, resources.hasHost ? undefined : await store.users.roles()),
  ];
  let current = await createAuditedPolicy(config, resources);
  // One after another: the last that was asked for is the one that holds.
  let changes: Promise<void> = Promise.resolve();
  const app = createApp(() => current);
  const opened = opening.move();
  return {
    warnings,
    localGuestToken: current.localGuestToken,
    countFatalError: resources.metrics.fatalError,
    checkKeys: resources.upstream.checkKeys,
    usePolicy: (changed) => {
      const next = changes.then(async () => {
        current = await createAuditedPolicy(changed, resources);
      });
      changes = next.catch(() => {});
      return next;
    },
    listen: () => listenOver(app, config, resources, opened),
    mount: () => mountOver(app, config, resources, opened),
  };
};

const createAuditedPolicy = async (config: Config, resources: Resources): Promise<Policy> => {
  try {
    const policy = await createPolicy(config, resources);
    resources.audit.configurationLoaded(config);
    return policy;
  } catch (error) {
    if (error instanceof ConfigError) resources.audit.configurationRefused(config, error.problems);
    throw error;
  }
};

const toolPorts = ({ log, timers = systemTimers, random = systemRandom, fetch }: ConnectedWorld) => ({
  ...{ log, timers, fetch },
  random: random.number,
});

// The problems of database and tools are told together with those of the configuration.
const openCheckedStore = async (
  config: Config,
  tools: ToolResources,
  { log, authenticate }: World,
): Promise<Store> => {
  const { store, problems: storeProblems } = await tryToOpenStore(config.settings, log);
  const hasHost = authenticate !== undefined;
  const problems = findPolicyProblems(config, tools, await store?.users.count(), hasHost);
  if (store && problems.length === 0) return store;
  await store?.close();
  throw new ConfigError([...problems, ...storeProblems]);
};

const listenOver = async (
  app: Parameters<typeof listen>[0],
  { settings }: Config,
  { lifecycle, log, network }: Resources,
  opened: Disposal,
): Promise<Listening> => {
  await using opening = createDisposal();
  opening.use(opened);
  const { url, stop } = await listen(
    app,
    { lifecycle, log, socketPaths, certificate: network.listener },
    settings,
  );
  const everything = opening.move();
  return {
    url,
    stop: async (drainSeconds, idleSeconds) => {
      await stop(drainSeconds, idleSeconds);
      await everything.disposeAsync();
    },
  };
};

const mountOver = (
  app: Parameters<typeof mount>[0],
  { settings }: Config,
  { lifecycle, log }: Resources,
  opened: Disposal,
): Mounted => {
  const mounted = mount(app, { lifecycle, log, socketPaths }, settings);
  return {
    ...mounted,
    stop: async (drainSeconds) => {
      await mounted.stop(drainSeconds);
      await opened.disposeAsync();
    },
  };
};

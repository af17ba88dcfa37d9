// The service: an HTTP server over the current policy, closed in reverse order of its opening.
import { createApp, socketPaths } from "../app.ts";
import { thisProcess } from "../audit/machine.os.ts";
import { systemTimers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { findRoleProblems } from "../config/name-check.ts";
import { ConfigError } from "../config/problems.ts";
import type { Settings } from "../config/settings.ts";
import { findWarnings } from "../config/warnings.ts";
import { createDisposal, type Disposal } from "../disposal.ts";
import { findUnbuilt } from "../http/assets/assets.ts";
import { type Listening, listen } from "../http/server/listen.node.ts";
import { type Mounted, mount } from "../http/server/mount.node.ts";
import { systemRandom } from "../random.ts";
import type { Secret } from "../secret.ts";
import { answerReloads } from "./answer-reloads.ts";
import { createInForce, type Reloaded } from "./in-force.ts";
import { openNetwork } from "./network.ts";
import { findPolicyProblems } from "./policy.ts";
import { reloadRequests } from "./reload-requests.ts";
import type { ReloadOutcome } from "./reloads.ts";
import { type ConnectedWorld, openResources, type Resources, type World } from "./resources.ts";
import { type Store, tryToOpenStore } from "./store.ts";
import { createToolLoader, type LoadedTools } from "./tools.ts";

export interface Service {
  /** What the operator should know; the start goes on. */
  warnings: readonly string[];
  /** For this machine's user; undefined where local guests are not let in, or show nothing. */
  localGuestToken: Secret | undefined;
  countFatalError(): void;
  /** Tries each key at OpenAI once, and warns in the log of those that do not work. Never rejects. */
  checkKeys(): Promise<void>;
  /** The one in force, which a reload may change. */
  config(): Config;
  /** Takes another configuration into use without a restart. Throws `ConfigError` with all problems; then nothing has changed. */
  useConfig(config: Config): Promise<Reloaded>;
  /** Notes that a configuration could not even be read. */
  refuseConfig(problems: readonly string[]): void;
  /** Reads it anew when `broker reload` asks all replicas of this database to. */
  answerReloads(reload: () => Promise<ReloadOutcome>): void;
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
  const loader = opening.use(createToolLoader(toolPorts(world)));
  const tools = await loader.load(config);
  const store = await openCheckedStore(config, tools, world);
  opening.defer(store.close);
  let { settings } = config;
  const keepSettings = (next: Settings): void => {
    settings = next;
  };
  const resources = await openResources(config, () => settings, { store, network }, world, opening);
  const listeners = new Set(world.onSettings ? [world.onSettings] : []);
  const onSettings = (next: Settings): void => {
    for (const listener of listeners) listener(next);
  };
  const inForce = opening.use(
    await createInForce(config, tools, keepSettings, { tools: loader, resources, onSettings }),
  );
  await resources.sessions.begin();
  const warnings = [
    ...findWarnings(config, new Date(resources.clock.now()).toISOString().slice(0, 10)),
    ...findUnbuilt(inForce.policy().assets, settings.page),
    ...findRoleProblems(config, resources.hasHost ? undefined : await store.users.roles()),
  ];
  const app = createApp(inForce.policy);
  const opened = opening.move();
  return {
    warnings,
    localGuestToken: inForce.policy().localGuestToken,
    countFatalError: resources.metrics.fatalError,
    checkKeys: resources.upstream.checkKeys,
    config: inForce.config,
    useConfig: inForce.use,
    refuseConfig: inForce.refuse,
    answerReloads: (reload) => {
      const { clock, timers, random } = resources;
      const { host, pid } = thisProcess();
      const replica = { id: random.uuid(), name: `${host} (process ${pid})` };
      opened.use(answerReloads({ requests: reloadRequests(store.database, clock), replica, reload, timers }));
    },
    listen: async () => {
      const listening = await listenOver(app, config, resources, opened);
      listeners.add(listening.useTimeouts);
      return listening;
    },
    mount: () => {
      const mounted = mountOver(app, config, resources, opened);
      listeners.add(mounted.useTimeouts);
      return mounted;
    },
  };
};

const toolPorts = ({ log, timers = systemTimers, random = systemRandom, fetch }: ConnectedWorld) => ({
  ...{ log, timers, fetch },
  random: random.number,
});

// The problems of database and tools are told together with those of the configuration.
const openCheckedStore = async (
  config: Config,
  tools: LoadedTools,
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
  const { url, stop, useTimeouts } = await listen(
    app,
    { lifecycle, log, socketPaths, certificate: network.listener },
    settings,
  );
  const everything = opening.move();
  return {
    url,
    useTimeouts,
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

// The composition root: builds the service from its configuration, and closes it in reverse order.
import { randomBytes, randomUUID } from "node:crypto";
import { createApp, type Services } from "../app.ts";
import { isCredentialName } from "../auth/query-credentials.ts";
import { type Clock, systemClock } from "../clock.ts";
import { findProblems, findWarnings } from "../config/cross-check.ts";
import type { Config } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { Failure } from "../failures/failure.ts";
import { loadAssets } from "../http/assets/assets.fs.ts";
import { operations } from "../http/openapi/operations.ts";
import { createLifecycle } from "../http/server/lifecycle.ts";
import { type Listening, listen } from "../http/server/listen.node.ts";
import { startCall } from "../mint/call.ts";
import { mintEphemeralKey } from "../mint/mint.ts";
import { hashIdentityWith } from "../mint/safety-identifier.ts";
import { trustedProxies } from "../net/client-address.ts";
import { addressHash } from "../observe/address-hash.ts";
import type { Log } from "../observe/log.ts";
import { prometheusMetrics } from "../observe/metrics.prom.ts";
import { type Outcome, timed } from "../observe/metrics.ts";
import { admits, mayUse } from "../profiles/allow.ts";
import { chooseProfile, grant } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Secret } from "../secret.ts";
import { callTool, checkArguments } from "../tools/call.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { httpTool } from "../tools/http-tool.fetch.ts";
import type { Tool } from "../tools/tool.ts";
import { createToolbox, findToolFaults } from "../tools/toolbox.ts";
import { authenticationOf } from "./authentication.ts";
import { limitsOf } from "./limits.ts";
import { relayOf } from "./relay.ts";
import { createUsers, tryToOpenStore } from "./store.ts";
import { upstreamKeysOf, upstreamOf } from "./upstream.ts";

/** The outside world, handed in. */
export interface World {
  log: Log;
  /** Whether guests of this machine show a token of this start, or nothing: then no proxy may stand in front. */
  localGuests: "token" | "open";
  clock?: Clock;
  fetch?: typeof globalThis.fetch;
}

export interface Broker {
  /** What the operator should know; the start goes on. */
  warnings: readonly string[];
  /** For this machine's user; undefined where local guests are not let in, or show nothing. */
  localGuestToken: Secret | undefined;
  countFatalError(): void;
  /** Rejects with an error that names the setting when the address cannot be had. */
  listen(): Promise<Listening>;
}

const dist = new URL("../../dist/", import.meta.url);

/** Builds everything a running service needs. Throws `ConfigError` with all problems. */
export const wire = async (
  config: Config,
  { log, localGuests, clock = systemClock, fetch = globalThis.fetch }: World,
): Promise<Broker> => {
  const { settings } = config;
  const tools = [...(await loadCatalog()), ...httpTools(config, fetch)];
  const { store, problems: storeProblems } = await tryToOpenStore(settings, log);
  const problems = [
    ...findProblems(config, new Set(tools.map(({ name }) => name)), await store?.users.count()),
    ...findToolFaults(tools, reservedNames(), isCredentialName),
    ...storeProblems,
  ];
  if (!store || problems.length > 0) {
    await store?.close();
    throw new ConfigError(problems);
  }
  await createUsers(config.users, store, clock, log);

  const profiles = Object.entries(config.profiles).map(([name, profile]): Profile => ({ name, ...profile }));
  const profilesByName = new Map(profiles.map((profile) => [profile.name, profile]));
  const allowedOrigins = new Set(config.cors.origins);
  const toolbox = createToolbox(tools, profiles, mayUse, (tool, caller) => {
    const rule = config.tool_rules[tool];
    return !rule || admits(rule.allow, caller);
  });
  const metrics = prometheusMetrics();
  const upstream = upstreamOf(config, { clock, log, metrics, random: Math.random });
  const hashIdentity = hashIdentityWith(
    settings.safety_identifier_salt ?? (await store.keptKey("safety_identifier_salt")),
  );
  const mintKey = mintEphemeralKey({ upstream, hashIdentity });
  const begin = startCall({ upstream, hashIdentity, timeoutMs: settings.openai_timeout_ms });
  const runTool = callTool({ clock });
  const lifecycle = createLifecycle();
  const redis = settings.redis_url && (await connectToRedis(settings.redis_url, log));
  const limits = limitsOf(config, redis, { clock, log, metrics });
  const authentication = authenticationOf(config, {
    ...limits,
    store,
    redis,
    localGuests,
    clock,
    fetch,
    log,
  });

  const services: Services = {
    log,
    clock,
    metrics,
    lifecycle,
    toolbox,
    allowedOrigins,
    newRequestId: randomUUID,
    ...limits,
    proxies: trustedProxies(settings.trusted_proxies ?? []),
    forwardedHeader: settings.forwarded_header,
    hashAddress: addressHash(settings.log_addresses, randomBytes(32), clock),
    authenticate: authentication.authenticate,
    watchCredential: authentication.watchCredential,
    newChallenge: authentication.newChallenge,
    mayReadMetrics: (caller) => admits(config.metrics.allow, caller),
    chooseProfile: (caller, name) => chooseProfile(profilesByName, caller, name),
    grant: (caller, profile, wish) => grant(profile, toolbox.offeredBy(profile, caller), wish),
    startCall: (caller, profile, { session }, offer, signal, recipient) => {
      const count = (outcome: Outcome, seconds: number) => metrics.mint(profile.name, outcome, seconds);
      return timed(clock, count, outcomeOf, () => begin(caller, session, offer, signal, recipient));
    },
    openTunnel: upstream.open,
    mint: (caller, profile, granted, signal) => {
      const count = (outcome: Outcome, seconds: number) => metrics.mint(profile.name, outcome, seconds);
      return timed(clock, count, outcomeOf, () => mintKey(caller, profile.name, granted, signal));
    },
    checkArguments: (tool, input) => {
      try {
        return checkArguments(tool, input);
      } catch (error) {
        metrics.toolCall(tool.name, outcomeOf(error), 0);
        throw error;
      }
    },
    callTool: (tool, accepted, caller, callerSignal) => {
      const count = (outcome: Outcome, seconds: number) => metrics.toolCall(tool.name, outcome, seconds);
      return timed(clock, count, outcomeOf, () => runTool(tool, accepted, caller, callerSignal));
    },
    ...relayOf(config, { upstream, redis, clock, log, hashIdentity }),
    assets: await loadAssets(dist, settings.page),
    connectOrigins: new Set(upstreamKeysOf(config).map(({ base_url: url }) => new URL(url).origin)),
  };
  const app = createApp(services);
  return {
    countFatalError: metrics.fatalError,
    warnings: findWarnings(config, new Date(clock.now()).toISOString().slice(0, 10)),
    localGuestToken: authentication.localGuestToken,
    listen: async () => {
      const listening = await listen(app, { lifecycle, log, socketPaths }, settings);
      const stopCutting = authentication.startCutting();
      return {
        url: listening.url,
        stop: async (drainSeconds) => {
          await listening.stop(drainSeconds);
          stopCutting();
          await upstream.close();
          redis?.close();
          await store.close();
        },
      };
    },
  };
};

/** Where a request may become a WebSocket. */
const socketPaths = new Set(["/v1/realtime"]);

// Its client is loaded by those only who need it: it takes memory, and time to start.
const connectToRedis = async (url: Secret, log: Log) => {
  const { connectRedis } = await import("../store/redis.node.ts");
  return connectRedis(url, log);
};

const httpTools = ({ tools }: Config, fetch: typeof globalThis.fetch): Tool[] =>
  Object.entries(tools).map(([name, tool]) => httpTool(name, tool, fetch));

// The first segment of every other route: a tool of that name could never be called.
const reservedNames = (): Set<string> =>
  new Set(
    Object.keys(operations)
      .map((key) => key.split("/")[1] ?? "")
      .filter((name) => !name.startsWith(":")),
  );

const outcomeOf = (error: unknown): Outcome =>
  error instanceof Failure && error.status < 500 && !error.code.startsWith("upstream-")
    ? "refused"
    : "failed";

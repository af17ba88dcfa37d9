// The composition root: builds the service from its configuration, and closes it in reverse order.
import { randomBytes, randomUUID } from "node:crypto";
import { createApp, type Services } from "./app.ts";
import { authenticateWith } from "./auth/authenticator.ts";
import type { Caller } from "./auth/caller.ts";
import { altchaChallenges } from "./auth/challenges.altcha.ts";
import { guestAuthenticator } from "./auth/guests.ts";
import { jwtAuthenticator } from "./auth/jwt.jose.ts";
import { memoryNonces } from "./auth/nonces.memory.ts";
import { redisNonces } from "./auth/nonces.redis.ts";
import { isCredentialName } from "./auth/query-credentials.ts";
import { remoteKeys } from "./auth/remote-keys.jose.ts";
import { signerAuthenticator } from "./auth/signers.ts";
import { tokenAuthenticator } from "./auth/tokens.ts";
import { type Clock, systemClock } from "./clock.ts";
import { findProblems, findWarnings } from "./config/cross-check.ts";
import type { Config } from "./config/load.ts";
import { ConfigError } from "./config/problems.ts";
import { Failure } from "./failure.ts";
import { addressVeil } from "./http/address-veil.ts";
import { loadAssets } from "./http/assets.fs.ts";
import { describeCause } from "./http/cause.ts";
import { trustedProxies } from "./http/client-address.ts";
import { createLifecycle } from "./http/lifecycle.ts";
import { type Listening, listen } from "./http/listen.node.ts";
import { operations } from "./http/operations.ts";
import { startCall } from "./mint/call.ts";
import { mintEphemeralKey } from "./mint/mint.ts";
import { hashIdentityWith } from "./mint/safety-identifier.ts";
import type { Log } from "./observe/log.ts";
import { prometheusMetrics } from "./observe/metrics.prom.ts";
import { type Outcome, timed } from "./observe/metrics.ts";
import { admits, mayUse } from "./profiles/allow.ts";
import { chooseProfile, composeSession, type Wish } from "./profiles/compose.ts";
import type { Profile } from "./profiles/profile.ts";
import type { Secret } from "./secret.ts";
import { callTool } from "./tools/call.ts";
import { loadCatalog } from "./tools/catalog.fs.ts";
import { httpTool } from "./tools/http-tool.fetch.ts";
import type { Tool } from "./tools/tool.ts";
import { createToolbox, findToolFaults } from "./tools/toolbox.ts";
import { limitsOf } from "./wire-limits.ts";
import { relayOf } from "./wire-relay.ts";
import { createUsers, tryToOpenStore, userDoor } from "./wire-store.ts";
import { upstreamKeysOf, upstreamOf } from "./wire-upstream.ts";

/** The outside world, handed in. */
export interface World {
  log: Log;
  clock?: Clock;
  fetch?: typeof globalThis.fetch;
}

export interface Broker {
  /** What the operator should know; the start goes on. */
  warnings: readonly string[];
  /** Rejects with an error that names the setting when the address cannot be had. */
  listen(): Promise<Listening>;
}

const dist = new URL("../dist/", import.meta.url);

/** Builds everything a running service needs. Throws `ConfigError` with all problems. */
export const wire = async (
  config: Config,
  { log, clock = systemClock, fetch = globalThis.fetch }: World,
): Promise<Broker> => {
  const { settings, callers } = config;
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
  const hashIdentity = hashIdentityWith(settings.safety_identifier_salt);
  const mintKey = mintEphemeralKey({ upstream, hashIdentity });
  const begin = startCall({ upstream, hashIdentity, timeoutMs: settings.openai_timeout_ms });
  const sessionFor = (caller: Caller, profile: Profile, { session }: Wish) =>
    composeSession(profile, toolbox.offeredBy(profile, caller), session);
  const runTool = callTool({ clock });
  const lifecycle = createLifecycle();
  const redis = settings.redis_url && (await connectToRedis(settings.redis_url, log));
  const limits = limitsOf(config, redis, { clock, log, metrics });
  const nonces = redis ? redisNonces(redis, (work) => limits.newPatience().wait(work)) : memoryNonces(clock);
  const challenges =
    callers.challenge && altchaChallenges(callers.challenge, store.keyFor("challenge"), clock);

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
    veilAddress: addressVeil(settings.log_addresses, randomBytes(32), clock),
    authenticate: authenticateWith([
      signerAuthenticator(callers.signers, { clock, nonces }),
      tokenAuthenticator(callers.tokens),
      userDoor(store, clock, log),
      jwtAuthenticator(callers.issuers, {
        clock,
        keysOf: (source) => remoteKeys(source, { fetch, clock, onStale: staleReport(log, source.issuer) }),
      }),
      guestAuthenticator(callers.guests, allowedOrigins, { clock, challenges }),
    ]),
    newChallenge: challenges?.create,
    mayReadMetrics: (caller) => admits(config.metrics.allow, caller),
    chooseProfile: (caller, name) => chooseProfile(profilesByName, caller, name),
    startCall: (caller, profile, wish, offer, signal, recipient) => {
      const session = sessionFor(caller, profile, wish);
      const count = (outcome: Outcome, seconds: number) => metrics.mint(profile.name, outcome, seconds);
      return timed(clock, count, outcomeOf, () => begin(caller, session, offer, signal, recipient));
    },
    openTunnel: upstream.open,
    mint: (caller, profile, wish, signal) => {
      const session = sessionFor(caller, profile, wish);
      const { name, ttl_seconds: longest } = profile;
      const granted = { name, ttl_seconds: Math.min(longest, wish.ttlSeconds ?? longest) };
      const count = (outcome: Outcome, seconds: number) => metrics.mint(profile.name, outcome, seconds);
      return timed(clock, count, outcomeOf, () => mintKey(caller, granted, session, signal));
    },
    callTool: (tool, input, caller, callerSignal) => {
      const count = (outcome: Outcome, seconds: number) => metrics.toolCall(tool.name, outcome, seconds);
      return timed(clock, count, outcomeOf, () => runTool(tool, input, caller, callerSignal));
    },
    ...relayOf(config, { upstream, redis, clock, log, metrics, hashIdentity }),
    assets: await loadAssets(dist, settings.page),
    connectOrigins: new Set(upstreamKeysOf(config).map(({ base_url: url }) => new URL(url).origin)),
  };
  const app = createApp(services);
  return {
    warnings: findWarnings(config, new Date(clock.now()).toISOString().slice(0, 10)),
    listen: async () => {
      const listening = await listen(app, lifecycle, settings);
      return {
        url: listening.url,
        stop: async (drainSeconds) => {
          await listening.stop(drainSeconds);
          await upstream.close();
          redis?.close();
          await store.close();
        },
      };
    },
  };
};

// Its client is loaded by those only who need it: it takes memory, and time to start.
const connectToRedis = async (url: Secret, log: Log) => {
  const { connectRedis } = await import("./store/redis.node.ts");
  return connectRedis(url, log);
};

const staleReport = (log: Log, issuer: string) => (error: unknown) =>
  log.write("warn", "issuer-keys-stale", { issuer, cause: describeCause(error) });

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
  error instanceof Failure && error.status < 500 ? "refused" : "failed";

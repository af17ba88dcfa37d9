// What is opened at the start and outlives each policy: database, Redis, HTTP agents, counters, breakers, metrics.
import type { HostAuthenticate } from "../auth/host/host.ts";
import { type Clock, systemClock, systemTimers, type Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import type { Disposal } from "../disposal.ts";
import { assetsIn } from "../http/assets/assets.fs.ts";
import type { Assets } from "../http/assets/assets.ts";
import { createLifecycle, type Lifecycle } from "../http/server/lifecycle.ts";
import type { Contents } from "../ledger/contents.ts";
import { createLiveRecords, type LiveRecords } from "../ledger/live-records.ts";
import type { Counter } from "../limits/counter.ts";
import type { LoadShedding } from "../limits/load-shedding.ts";
import { hashIdentityWith } from "../mint/safety-identifier.ts";
import { addressHash } from "../observe/address-hash.ts";
import type { Subscriber } from "../observe/event.ts";
import type { EventCaller } from "../observe/event-caller.ts";
import type { Log } from "../observe/log.ts";
import { prometheusMetrics } from "../observe/metrics.prom.ts";
import type { Metrics, SecretAge } from "../observe/metrics.ts";
import { publishTo } from "../observe/publish.ts";
import { requestLog } from "../observe/request-log.ts";
import { sessionLog } from "../observe/session-log.ts";
import { settingWarnings } from "../observe/setting-warnings.ts";
import type { Tracing } from "../observe/trace.ts";
import { type Random, systemRandom } from "../random.ts";
import type { Sealing } from "../rotation/credential.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { AnswerMcp } from "../tools/mcp/endpoint.ts";
import { openAudit, type ServiceAudit } from "./audit.ts";
import { type AuthenticationResources, authenticationResources } from "./authentication.ts";
import { type BudgetResources, budgetResources } from "./budgets.ts";
import { type KeyedUpstream, openKeyedUpstream } from "./keyed-upstream.ts";
import { openLedger } from "./ledger.ts";
import { type LimitResources, limitResources } from "./limits.ts";
import { openLoadShedding } from "./load.ts";
import type { Network } from "./network.ts";
import { openObservability } from "./observability.ts";
import { openRedis } from "./redis.ts";
import { type RelayResources, relayResources } from "./relay.ts";
import { openReports, type Reports } from "./reports.ts";
import { type SessionResources, sessionResources } from "./sessions.ts";
import { applyUsers, type Store } from "./store.ts";
import { lazyEndpoint } from "./tools.ts";
import { authoritiesIn } from "./trust.ts";

/** The outside world, handed in. */
export interface World {
  log: Log;
  /** Whether guests of this machine show a token of this start, or nothing: then no proxy may stand in front. */
  localGuests: "token" | "open";
  /** Of the application in which the service is mounted. */
  authenticate?: HostAuthenticate | undefined;
  /** Told of the settings in force whenever they change. */
  onSettings?(settings: Settings): void;
  /** Seals rotated keys for the database; without it no key is rotated. */
  sealing?: Sealing | undefined;
  clock?: Clock;
  timers?: Timers;
  random?: Random;
  /** How late the event loop is, in milliseconds; in place of Node's own measurement. */
  readDelay?: () => number;
  /** In place of the one that goes through configured proxies. */
  fetch?: typeof globalThis.fetch;
  /** How old what was read from stores of secrets is; without it, no metric tells. */
  secretAges?: () => readonly SecretAge[];
}

export interface ConnectedWorld extends World {
  fetch: typeof globalThis.fetch;
}

/** What is opened before, and outlives the resources. */
interface Opened {
  store: Store;
  network: Network;
}

export interface Resources extends Opened {
  log: Log;
  clock: Clock;
  timers: Timers;
  random: Random;
  fetch: typeof globalThis.fetch;
  metrics: Metrics;
  emit: Subscriber;
  tracing: Tracing | undefined;
  load: LoadShedding;
  lifecycle: Lifecycle;
  upstream: KeyedUpstream;
  limits: LimitResources;
  budgets: BudgetResources;
  authentication: AuthenticationResources;
  relay: RelayResources;
  /** With or without the pages. */
  assetsWith(pages: boolean): Promise<Assets>;
  reports: Reports;
  contents: Contents;
  liveRecords: LiveRecords;
  sessions: SessionResources;
  answerMcp: AnswerMcp;
  audit: ServiceAudit;
  /** Whether an application hands callers over. */
  hasHost: boolean;
  /** Makes a caller's id unreadable, and the same every time. */
  hashIdentity(id: string): string;
  /** Makes an address fit for a log line; undefined where none is wanted. */
  hashAddress(address: string): string | undefined;
}

const dist = new URL("../../dist/", import.meta.url);

/** Opens them, over an open database. `settings` answers those that are in force, of which some change with a reload. What was opened is closed by `stack`, in reverse order, also when this fails. */
export const openResources = async (
  config: Config,
  settings: () => Settings,
  { store, network }: Opened,
  world: ConnectedWorld,
  stack: Disposal,
): Promise<Resources> => {
  const { log, localGuests, clock = systemClock, timers = systemTimers } = world;
  const { random = systemRandom, fetch, authenticate, sealing } = world;
  const atStart = settings();
  const metrics = prometheusMetrics();
  const lifecycle = createLifecycle();
  metrics.watchInFlight(() => lifecycle.inFlight);
  metrics.watchCertificates(network.certificates);
  if (world.secretAges) metrics.watchSecrets(world.secretAges);
  const load = openLoadShedding(atStart, { timers, log, metrics, readDelay: world.readDelay }, stack);
  const { proxyOf, connector: connect } = network.outgoing;
  const tracing = await openObservability(atStart, { clock, timers, log, metrics, proxyOf }, stack);
  const audit = stack.use(await openAudit(atStart, { store, clock, timers, random, log, metrics }));
  await applyUsers(config.users, audit.configuredUsers(store.users), store.hasher, { clock, log });
  const redis = atStart.redis_url && (await openRedis(atStart.redis_url, atStart, log));
  stack.defer(() => redis?.close());
  const upstreamPorts = { store, sealing, clock, timers, random, log, metrics, audit, connect };
  const upstream = await openKeyedUpstream(config, settings, upstreamPorts, stack);
  const salt = atStart.safety_identifier_salt ?? (await store.keptKey("safety_identifier_salt"));
  const hashIdentity = hashIdentityWith(salt);
  const hashAddress = addressHash(() => settings().log_addresses, random.bytes(32), clock);
  // A guest is an address, by which the log must not link one day with another.
  const identify = ({ kind, id }: EventCaller): string | undefined =>
    kind === "guest" && settings().log_addresses !== "plain" ? undefined : hashIdentity(id);
  const counting = redis && { connection: redis, counter: await counterIn(redis) };
  const limits = limitResources(counting, { clock, timers, log, metrics });
  const { newTimeBudget } = limits;
  const kept = stack.use(await openLedger(atStart, { store, clock, timers, random, log, metrics }));
  const reports = openReports(atStart.database_url, store.database, {
    timers,
    log,
    trusted: authoritiesIn(atStart),
  });
  stack.defer(reports.close);
  const ports = { store, redis, newTimeBudget, localGuests, authenticate, clock, timers, random, fetch, log };
  const authentication = stack.use(authenticationResources(ports));
  const emit = publishTo(
    [
      metrics.onEvent,
      kept.onEvent,
      requestLog(log, identify),
      sessionLog(log),
      settingWarnings({ log, clock, hashAddress }),
      audit.onEvent,
    ],
    log,
  );
  const { database } = store;
  const budgetPorts = { database, redis, limits, clock, timers, random, fetch, emit, log, metrics };
  const budgets = stack.use(await budgetResources(budgetPorts));
  const sessionPorts = { ...budgetPorts, store, upstream, settings, hashIdentity };
  const sessions = stack.use(sessionResources(sessionPorts));
  return {
    ...{ log, clock, timers, random, fetch, metrics, store, upstream, limits, authentication, hashIdentity },
    ...{ tracing, network, load, reports, contents: kept.contents, audit },
    liveRecords: createLiveRecords({ books: reports.books, clock, timers }),
    sessions,
    ...{ emit, budgets },
    lifecycle,
    relay: relayResources(settings, { ...sessionPorts, newTimeBudget }),
    hasHost: authenticate !== undefined,
    assetsWith: assetsIn(dist),
    answerMcp: lazyEndpoint(),
    hashAddress,
  };
};

const counterIn = async (redis: SharedRedis): Promise<Counter> => {
  const { redisCounter } = await import("../limits/counter.redis.ts");
  return redisCounter(redis);
};

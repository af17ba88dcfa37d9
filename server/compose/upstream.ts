// Composes the configured keys into one upstream.
import { isDeepStrictEqual } from "node:util";
import type { Clock, Timers } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import { fetchThrough } from "../net/fetch.undici.ts";
import type { Log } from "../observe/log.ts";
import type { UpstreamMetrics } from "../observe/metrics.ts";
import {
  type Connect,
  loadOf,
  probeAgent,
  relayAgent,
  requestAgent,
  socketAgent,
} from "../upstream/agents.undici.ts";
import { createHttpClient } from "../upstream/http-client.undici.ts";
import { checkKeys } from "../upstream/key-check.ts";
import { createKeyHealth, type KeyHealth } from "../upstream/key-health.ts";
import { keyReporter } from "../upstream/key-report.ts";
import type { TokenChange } from "../upstream/key-state.ts";
import { isSameToken, type KeyAccess, type KeyInUse } from "../upstream/keys.ts";
import { collectRelayedBytes } from "../upstream/minor-gc.v8.ts";
import { mintAccount } from "../upstream/mint.openai.ts";
import { createPool } from "../upstream/pool.ts";
import type { PoolKey } from "../upstream/pool-members.ts";
import { pooledUpstream } from "../upstream/pooled-upstream.ts";
import { probeAccount } from "../upstream/probe.undici.ts";
import { createProbes, PROBE_TIMEOUT_MS } from "../upstream/probes.ts";
import { relayAccount } from "../upstream/relay.undici.ts";
import { createRetry, createRetryBudget } from "../upstream/retry.ts";
import { sdkAccount } from "../upstream/sdk.openai.ts";
import { socketOpener } from "../upstream/socket.undici.ts";
import type { Upstream, UpstreamAccount } from "../upstream/upstream.ts";
import { callAccountsWith } from "./upstream-calls.ts";

interface Ports {
  clock: Clock;
  timers: Timers;
  log: Log;
  metrics: UpstreamMetrics;
  connect: Connect;
  random(): number;
}

export interface ComposedUpstream extends Upstream {
  /**
   * From now on these are the keys; there must be one. Those of the same name and place keep their breakers, latencies and limits;
   * those with another secret, and new ones, are tried once. Requests in flight end with the key that they began with.
   */
  useKeys(keys: readonly KeyInUse[]): void;
  /** Another access token that was waited for, or none any more. Without effect for a key that has gone. */
  tokenChanged(key: string, change: TokenChange): void;
  /** Tries each key once, and warns in the log. Never rejects. */
  checkKeys(): Promise<void>;
  /** Whether OpenAI rejects every key: whatever is asked of it then fails. */
  rejectsAllKeys(): boolean;
  /** What is known to be wrong with each key. */
  keyHealth(): readonly KeyHealth[];
}

export const upstreamOf = (
  firstKeys: readonly KeyInUse[],
  settings: () => Pick<Settings, "openai_timeout_ms" | "relay_idle_seconds">,
  { clock, timers, log, metrics, connect, random }: Ports,
): ComposedUpstream => {
  const agents = {
    requests: requestAgent(undefined, connect),
    relays: relayAgent(connect),
    sockets: socketAgent(connect),
  };
  const openProbeAgent = () => probeAgent(PROBE_TIMEOUT_MS, connect);
  const http = createHttpClient(agents.requests);
  const fetch = fetchThrough(agents.requests);
  const onRelayed = collectRelayedBytes();
  const idleMs = () => settings().relay_idle_seconds * 1000;
  const calls = callAccountsWith({ connect, http, clock, timers, log, onReceived: onRelayed });
  const accountOf = (access: KeyAccess): UpstreamAccount => ({
    ...calls.accountOf(access),
    ...mintAccount(access, { http, clock }),
    ...relayAccount(access, { agent: agents.relays, clock, idleMs, onRelayed }),
    ...sdkAccount(access, { fetch, clock }),
    ...probeAccount(access, { openAgent: openProbeAgent, timeoutMs: PROBE_TIMEOUT_MS, clock }),
  });
  let inUse: ReadonlyMap<string, UsedKey> = usedKeys(firstKeys, new Map(), accountOf);
  const keys = (): PoolKey[] => [...inUse.values()].map(({ key }) => key);
  const settingOf = (name: string) => inUse.get(name)?.given.setting ?? name;
  const report = keyReporter({ log, metrics, settingOf });
  for (const { name } of keys()) report.begin(name);
  const pool = createPool(keys(), {
    clock,
    random,
    onChange: (key, change) => {
      report.change(key.name, change, pool.isUsable(key));
      health.change(key.name, change);
      probes.update(key);
      if (change.kind === "invalid") key.token.rejected();
    },
  });
  const health = createKeyHealth(keys, pool.isUsable, clock);
  const probes = createProbes({ pool, schedule: (work, ms) => timers.after(ms, work), random });
  const closing = new AbortController();
  const check = (checked: readonly PoolKey[]) => checkKeys(checked, closing.signal, { pool, log, settingOf });
  const useKeys = (next: readonly KeyInUse[]): void => {
    const before = inUse;
    inUse = usedKeys(next, before, accountOf);
    for (const { key } of before.values()) {
      const now = inUse.get(key.name)?.key;
      if (now !== key) probes.forget(key);
      if (now?.place === key.place) continue;
      health.forget(key.name);
      report.end(key.name);
    }
    const now = keys();
    for (const { name, place } of now) if (before.get(name)?.key.place !== place) report.begin(name);
    pool.useKeys(now);
    for (const key of now) probes.update(key);
    void check(now.filter(({ name, account }) => before.get(name)?.key.account !== account));
  };
  const retry = createRetry({
    pool,
    budget: createRetryBudget(),
    clock,
    random,
    pause: pauseWith(timers),
    onAttempt: metrics.upstreamAttempt,
  });
  metrics.watchUpstream(() => ({
    waiting: keys().map((key) => ({ key: key.name, requests: pool.inFlight(key) })),
    // A WebSocket leaves its agent's pool once it is open.
    connections: (["requests", "relays"] as const).map((agent) => ({ agent, ...loadOf(agents[agent]) })),
  }));
  return {
    useKeys,
    tokenChanged: (name, change) => {
      const used = inUse.get(name);
      if (used) pool.tokenChanged(used.key, change);
    },
    checkKeys: () => check(keys()),
    rejectsAllKeys: pool.areAllRejected,
    keyHealth: health.read,
    ...pooledUpstream({
      retry,
      accountOf: calls.find,
      mintTimeoutMs: () => settings().openai_timeout_ms,
    }),
    openSocket: socketOpener(agents.sockets),
    [Symbol.asyncDispose]: async () => {
      probes.close();
      closing.abort(new Error("the service stops"));
      await agents.requests.close();
      await calls[Symbol.asyncDispose]();
      // Relayed responses and sockets that are still open have had the time to drain.
      await Promise.all([agents.relays.destroy(), agents.sockets.destroy()]);
    },
  };
};

interface UsedKey {
  given: KeyInUse;
  key: PoolKey;
}

// What did not change stays the same object, by which the pool knows it.
const usedKeys = (
  given: readonly KeyInUse[],
  before: ReadonlyMap<string, UsedKey>,
  accountOf: (access: KeyAccess) => UpstreamAccount,
): ReadonlyMap<string, UsedKey> =>
  new Map(given.map((each) => [each.name, usedKey(each, before.get(each.name), accountOf)]));

const usedKey = (
  given: KeyInUse,
  before: UsedKey | undefined,
  accountOf: (access: KeyAccess) => UpstreamAccount,
): UsedKey => {
  const { name, base_url, organization, project, priority, weight, models } = given;
  const place = JSON.stringify([base_url, organization, project]);
  const isKept = before?.key.place === place && isSameToken(before.given.token, given.token);
  const account = isKept ? before.key.account : accountOf(given);
  const token = isKept ? before.key.token : given.token;
  const key: PoolKey = { name, place, priority, weight, models, token, account };
  return { given, key: isKept && isDeepStrictEqual(key, before.key) ? before.key : key };
};

const pauseWith =
  ({ after }: Timers) =>
  (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const leave = () => {
        cancel();
        reject(signal.reason);
      };
      const cancel = after(ms, () => {
        signal.removeEventListener("abort", leave);
        resolve();
      });
      signal.addEventListener("abort", leave, { once: true });
    });

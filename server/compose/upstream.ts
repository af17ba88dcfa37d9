// Composes the configured keys into one upstream.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
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
import type { KeyAccess, UpstreamKey } from "../upstream/keys.ts";
import { collectRelayedBytes } from "../upstream/minor-gc.v8.ts";
import { mintAccount } from "../upstream/mint.openai.ts";
import { createPool, type PoolKey } from "../upstream/pool.ts";
import { pooledUpstream } from "../upstream/pooled-upstream.ts";
import { probeAccount } from "../upstream/probe.undici.ts";
import { createProbes, PROBE_TIMEOUT_MS } from "../upstream/probes.ts";
import { relayAccount } from "../upstream/relay.undici.ts";
import { createRetry, createRetryBudget } from "../upstream/retry.ts";
import { sdkAccount } from "../upstream/sdk.openai.ts";
import { socketOpener } from "../upstream/socket.undici.ts";
import type { Upstream } from "../upstream/upstream.ts";

interface Ports {
  clock: Clock;
  timers: Timers;
  log: Log;
  metrics: UpstreamMetrics;
  connect: Connect;
  random(): number;
}

export interface ComposedUpstream extends Upstream {
  /** Tries each key once, and warns in the log. Never rejects. */
  checkKeys(): Promise<void>;
  /** Whether OpenAI rejects every key: whatever is asked of it then fails. */
  rejectsAllKeys(): boolean;
  /** What is known to be wrong with each key. */
  keyHealth(): readonly KeyHealth[];
}

export const upstreamOf = (
  config: Pick<Config, "settings" | "upstream_keys">,
  { clock, timers, log, metrics, connect, random }: Ports,
): ComposedUpstream => {
  const agents = {
    requests: requestAgent(undefined, connect),
    relays: relayAgent(config.settings.relay_idle_seconds * 1000, connect),
    sockets: socketAgent(connect),
  };
  const openProbeAgent = () => probeAgent(PROBE_TIMEOUT_MS, connect);
  const http = createHttpClient(agents.requests);
  const onRelayed = collectRelayedBytes();
  const keys = upstreamKeysOf(config).map((key): PoolKey => {
    const { name, priority, weight, models } = key;
    const access: KeyAccess = { ...key, token: { current: () => key.secret } };
    const account = {
      ...mintAccount(access, { http, clock }),
      ...relayAccount(access, { agent: agents.relays, clock, onRelayed }),
      ...sdkAccount(access, { agent: agents.requests, clock }),
      ...probeAccount(access, { openAgent: openProbeAgent, timeoutMs: PROBE_TIMEOUT_MS, clock }),
    };
    return { name, priority, weight, models, account };
  });
  const settingOf = (name: string) => settingOfKey(config, name);
  const report = keyReporter({ log, metrics, settingOf });
  for (const { name } of keys) report.begin(name);
  const pool = createPool(keys, {
    clock,
    random,
    onChange: (key, change) => {
      report.change(key.name, change, pool.isUsable(key));
      health.change(key.name, change);
      probes.update(key);
    },
  });
  const health = createKeyHealth(keys, pool.isUsable, clock);
  const probes = createProbes({ pool, schedule: (work, ms) => timers.after(ms, work), random });
  const retry = createRetry({
    pool,
    budget: createRetryBudget(),
    clock,
    random,
    pause: pauseWith(timers),
    onAttempt: metrics.upstreamAttempt,
  });
  metrics.watchUpstream(() => ({
    waiting: keys.map((key) => ({ key: key.name, requests: pool.inFlight(key) })),
    // A WebSocket leaves its agent's pool once it is open.
    connections: (["requests", "relays"] as const).map((agent) => ({ agent, ...loadOf(agents[agent]) })),
  }));
  const closing = new AbortController();
  return {
    checkKeys: () => checkKeys(keys, closing.signal, { pool, log, settingOf }),
    rejectsAllKeys: pool.areAllRejected,
    keyHealth: health.read,
    ...pooledUpstream({ retry, mintTimeoutMs: config.settings.openai_timeout_ms }),
    openSocket: socketOpener(agents.sockets),
    [Symbol.asyncDispose]: async () => {
      probes.close();
      closing.abort(new Error("the service stops"));
      await agents.requests.close();
      // Relayed responses and sockets that are still open have had the time to drain.
      await Promise.all([agents.relays.destroy(), agents.sockets.destroy()]);
    },
  };
};

/** The configured keys, and OPENAI_API_KEY as one of them. */
export const upstreamKeysOf = ({
  settings,
  upstream_keys: keys,
}: Pick<Config, "settings" | "upstream_keys">): readonly UpstreamKey[] => {
  const secret = settings.openai_api_key;
  if (!secret) return keys;
  const { openai_base_url, openai_organization, openai_project } = settings;
  const own: UpstreamKey = {
    name: "default",
    secret,
    base_url: openai_base_url,
    organization: openai_organization,
    project: openai_project,
    priority: 0,
    weight: 1,
  };
  return [own, ...keys];
};

/** The setting that has the secret of that key. */
export const settingOfKey = (
  { settings, upstream_keys: keys }: Pick<Config, "settings" | "upstream_keys">,
  name: string,
): string =>
  settings.openai_api_key && !keys.some((key) => key.name === name)
    ? "OPENAI_API_KEY"
    : `the secret of ${name} under upstream_keys in broker.yaml`;

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

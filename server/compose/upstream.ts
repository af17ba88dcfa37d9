// Composes the keys at OpenAI into one upstream.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { pooledHttpClient } from "../upstream/http-client.undici.ts";
import { keyReporter } from "../upstream/key-report.ts";
import type { UpstreamKey } from "../upstream/keys.ts";
import { collectPassedBytes } from "../upstream/minor-gc.v8.ts";
import { createPool } from "../upstream/pool.ts";
import { type PooledKey, pooledUpstream } from "../upstream/pooled-upstream.ts";
import { probeAccount } from "../upstream/probe.undici.ts";
import { createProbes } from "../upstream/probes.ts";
import type { Relays } from "../upstream/relay.ts";
import { relayAccount, relayAgent } from "../upstream/relay.undici.ts";
import { createAttempts } from "../upstream/retry.ts";
import { createRetryBudget } from "../upstream/retry-budget.ts";
import { openTunnels } from "../upstream/tunnel.undici.ts";
import type { Tunnels } from "../upstream/tunnels.ts";
import { openAiAccount } from "../upstream/upstream.openai.ts";
import type { Upstream } from "../upstream/upstream.ts";

interface Ports {
  clock: Clock;
  log: Log;
  metrics: Pick<Metrics, "upstreamAttempt" | "upstreamBreakerOpen" | "upstreamKeyUsable">;
  random(): number;
}

export type ServiceUpstream = Upstream & Relays & Pick<Tunnels, "open"> & { close(): Promise<void> };

export const upstreamOf = (
  config: Pick<Config, "settings" | "upstream_keys">,
  { clock, log, metrics, random }: Ports,
): ServiceUpstream => {
  const exchange = pooledHttpClient({ connections: CONNECTIONS });
  const agent = relayAgent(config.settings.relay_idle_seconds * 1000);
  const tunnels = openTunnels();
  const onPassed = collectPassedBytes();
  const keys = upstreamKeysOf(config).map((key): PooledKey => {
    const { name, priority, weight, models } = key;
    const account = {
      ...openAiAccount(key, { exchange, clock }),
      ...relayAccount(key, { agent, clock, onPassed }),
      probe: probeAccount(key, { clock }),
    };
    return { name, priority, weight, models, account };
  });
  const report = keyReporter({ log, metrics });
  for (const { name } of keys) report.begin(name);
  const pool = createPool(keys, {
    clock,
    random,
    onChange: (key, change) => {
      report.change(key.name, change, pool.isUsable(key));
      probes.review(key);
    },
  });
  const probe = ({ account }: PooledKey, signal: AbortSignal) => account.probe(signal);
  const probes = createProbes({ pool, probe, schedule, random });
  const attempts = createAttempts({
    pool,
    budget: createRetryBudget(),
    clock,
    random,
    pause: async (ms, signal) => {
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
    onAttempt: metrics.upstreamAttempt,
  });
  const upstream = pooledUpstream({ attempts, mintTimeoutMs: config.settings.openai_timeout_ms });
  return {
    ...upstream,
    open: tunnels.open,
    close: async () => {
      probes.close();
      await exchange.close();
      // Whoever still takes an answer has been given the time to drain.
      await Promise.all([agent.destroy(), tunnels.close()]);
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

/** To each origin. Mints that OpenAI lets hang hold theirs for all of their time, while others have to be sent. */
const CONNECTIONS = 256;

// Keeps no process from ending.
const schedule = (work: () => void, ms: number): (() => void) => {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
};

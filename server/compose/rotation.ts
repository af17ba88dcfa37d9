// Composes the rotation of upstream keys: over the database, OpenAI's admin API where there is an admin key, and the pool.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import type { Settings } from "../config/settings.ts";
import type { Disposal } from "../disposal.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Random } from "../random.ts";
import type { RotationNews } from "../rotation/advance.ts";
import { configuredHash, type Sealing } from "../rotation/credential.ts";
import { openAiKeyAdmin } from "../rotation/key-admin.openai.ts";
import { sqlRotationStore } from "../rotation/rotation-store.sql.ts";
import { createRotations } from "../rotation/rotations.ts";
import { createSteps } from "../rotation/steps.ts";
import { type Connect, requestAgent } from "../upstream/agents.undici.ts";
import type { KeyHealth } from "../upstream/key-health.ts";
import { openAiKeyTrial } from "../upstream/key-trial.openai.ts";
import { fixedToken, type KeyInUse, type KeyToken } from "../upstream/keys.ts";
import type { ServiceAudit } from "./audit.ts";
import { noSealing } from "./sealing.ts";
import type { Store } from "./store.ts";
import { type ComposedUpstream, upstreamOf } from "./upstream.ts";
import { keysInUse } from "./upstream-keys.ts";

type KeyConfig = Pick<Config, "settings" | "upstream_keys">;

interface Ports {
  store: Store;
  /** Without it no key is rotated. */
  sealing: Sealing | undefined;
  clock: Clock;
  timers: Timers;
  random: Random;
  log: Log;
  metrics: Metrics;
  audit: Pick<ServiceAudit, "keyRotation">;
  connect: Connect;
}

export interface OpenedUpstream {
  upstream: ComposedUpstream;
  rotation: KeyRotation;
}

interface KeyRotation extends AsyncDisposable {
  /** The keys of a configuration, with the secrets that took the place of theirs. */
  keysInUse(config: KeyConfig): readonly KeyInUse[];
  /** Goes on by this configuration. */
  useConfig(config: KeyConfig): void;
  /** Puts new secrets in service from now on, and rotates where there is an admin key. */
  begin(upstream: { useKeys(keys: readonly KeyInUse[]): void; keyHealth(): readonly KeyHealth[] }): void;
}

/** Opens OpenAI with the secrets that are in service. Throws `ConfigError` when the database cannot be used. */
export const openUpstream = async (
  config: KeyConfig,
  settings: () => Settings,
  ports: Ports,
  stack: Disposal,
): Promise<OpenedUpstream> => {
  const { clock, timers, log, metrics, connect, random } = ports;
  const rotation = await openKeyRotation(config, ports);
  const upstreamPorts = { clock, timers, log, metrics, connect, random: random.number };
  const upstream = stack.use(upstreamOf(rotation.keysInUse(config), settings, upstreamPorts));
  stack.use(rotation).begin(upstream);
  return { upstream, rotation };
};

/** Reads which secrets are in service. Throws `ConfigError` when the database cannot be used. */
const openKeyRotation = async (first: KeyConfig, ports: Ports): Promise<KeyRotation> => {
  const { store, sealing = noSealing, clock, timers, random, metrics, connect } = ports;
  const hashKey = await store.keptKey("configured_key_hash");
  let config = first;
  let upstream: Parameters<KeyRotation["begin"]>[0] | undefined;
  const agent = requestAgent(undefined, connect);
  const adminKey = first.settings.openai_admin_key;
  const steps =
    adminKey &&
    createSteps({
      admin: openAiKeyAdmin({ adminKey, baseUrl: first.settings.openai_base_url, agent }),
      tryKey: openAiKeyTrial(agent),
      ...{ sealing, clock, replicas: () => kept.replicas() },
      newName: () => random.bytes(6).toString("hex"),
    });
  const kept = sqlRotationStore(store.database);
  const hashOf = (key: KeyConfig["upstream_keys"][number]) => ({
    name: key.name,
    configuredHash: configuredHash(hashKey, key.secret),
  });
  const rotations = createRotations({
    ...{ store: kept, sealing, steps, clock, timers, replica: random.uuid() },
    keys: () => {
      const problems = new Map(upstream?.keyHealth().map(({ name, problem }) => [name, problem]));
      return config.upstream_keys.map((key) => ({
        ...hashOf(key),
        rotating: key.rotate && { ...key, rotate: key.rotate },
        problem: problems.get(key.name),
      }));
    },
    onSecrets: () => upstream?.useKeys(inUse(config)),
    onNews: (news) => tell(news, ports),
  });
  const inUse = (of: KeyConfig): readonly KeyInUse[] => {
    const tokens = of.upstream_keys.flatMap((key): [string, KeyToken][] => {
      const secret = rotations.secretOf(hashOf(key));
      return secret ? [[key.name, fixedToken(secret)]] : [];
    });
    return keysInUse(of, new Map(tokens));
  };
  await checkSealing(first, sealing);
  await rotations.load().catch((error: unknown) => {
    throw new ConfigError([`DATABASE_URL: the rotated keys cannot be read: ${String(error)}`]);
  });
  metrics.watchRotations(rotations.states);
  return {
    keysInUse: inUse,
    useConfig: (next) => {
      config = next;
    },
    begin: (pool) => {
      upstream = pool;
      rotations.begin();
    },
    [Symbol.asyncDispose]: async () => {
      await rotations[Symbol.asyncDispose]();
      await agent.destroy();
    },
  };
};

// Found at the start rather than when a key is due, weeks later.
const checkSealing = async ({ upstream_keys: keys }: KeyConfig, { seal }: Sealing): Promise<void> => {
  const rotating = keys.find((key) => key.rotate);
  if (!rotating) return;
  await seal("").catch((error: Error) => {
    const what = `upstream_keys.${rotating.name}.rotate: new keys are kept sealed, and the key that seals`;
    throw new ConfigError([`${what} ${error.message}`]);
  });
};

const tell = (news: RotationNews, { log, audit, metrics }: Ports): void => {
  switch (news.kind) {
    case "step": {
      const { kind: _, key, ...step } = news;
      log.write("info", "upstream-key-rotation", { key, ...step });
      audit.keyRotation(key, step);
      break;
    }
    case "failed": {
      const { key, state, error } = news;
      const retry_seconds = Math.round(news.retryMs / 1000);
      metrics.rotationFailed(key);
      log.write("error", "upstream-key-rotation-failed", { key, state, error, retry_seconds });
      audit.keyRotation(key, { state, error, retry_seconds });
      break;
    }
    case "blind":
      log.write("error", "upstream-key-rotation-blind", { error: news.error });
      break;
    case "sighted":
      log.write("info", "upstream-key-rotation-sighted", {});
  }
};

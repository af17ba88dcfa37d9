// Composes the rotation of upstream keys: over the database, OpenAI's admin API where there is an admin key, and the pool.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { fetchThrough } from "../net/fetch.undici.ts";
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
import { fixedToken, type KeyToken } from "../upstream/keys.ts";
import type { ServiceAudit } from "./audit.ts";
import { noSealing } from "./sealing.ts";
import type { Store } from "./store.ts";

type KeyConfig = Pick<Config, "settings" | "upstream_keys">;

export interface RotationPorts {
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

export interface KeyRotation extends AsyncDisposable {
  /** The secrets that took the place of a configuration's, by the names of its keys. */
  tokensOf(config: KeyConfig): ReadonlyMap<string, KeyToken>;
  /** Goes on by this configuration. */
  useConfig(config: KeyConfig): void;
  /** Tells of new secrets from now on, and rotates where there is an admin key. */
  begin(pool: { onSecrets(): void; keyHealth(): readonly KeyHealth[] }): void;
}

/** Reads which secrets are in service. Throws `ConfigError` when the database cannot be used. */
export const openKeyRotation = async (first: KeyConfig, ports: RotationPorts): Promise<KeyRotation> => {
  const { store, sealing = noSealing, clock, timers, random, metrics, connect } = ports;
  const hashKey = await store.keptKey("configured_key_hash");
  let config = first;
  let pool: Parameters<KeyRotation["begin"]>[0] | undefined;
  const agent = requestAgent(undefined, connect);
  const fetch = fetchThrough(agent);
  const adminKey = first.settings.openai_admin_key;
  const steps =
    adminKey &&
    createSteps({
      admin: openAiKeyAdmin({ adminKey, baseUrl: first.settings.openai_base_url, fetch }),
      tryKey: openAiKeyTrial(fetch),
      ...{ sealing, clock, replicas: () => kept.replicas() },
      newName: () => random.bytes(6).toString("hex"),
    });
  const kept = sqlRotationStore(store.database);
  // A key without a secret has an identity, whose tokens are renewed.
  const configured = ({ upstream_keys: keys }: KeyConfig) =>
    keys.flatMap(({ name, secret, ...key }) =>
      secret ? [{ ...key, name, secret, configuredHash: configuredHash(hashKey, secret) }] : [],
    );
  const rotations = createRotations({
    ...{ store: kept, sealing, steps, clock, timers, replica: random.uuid() },
    keys: () => {
      const problems = new Map(pool?.keyHealth().map(({ name, problem }) => [name, problem]));
      return configured(config).map(({ configuredHash, ...key }) => ({
        ...{ name: key.name, configuredHash },
        rotating: key.rotate && { ...key, rotate: key.rotate },
        problem: problems.get(key.name),
      }));
    },
    onSecrets: () => pool?.onSecrets(),
    onNews: (news) => tell(news, ports),
  });
  await checkSealing(first, sealing);
  await rotations.load().catch((error: unknown) => {
    throw new ConfigError([`DATABASE_URL: the rotated keys cannot be read: ${String(error)}`]);
  });
  metrics.watchRotations(rotations.states);
  return {
    tokensOf: (of) =>
      new Map(
        configured(of).flatMap(({ name, configuredHash }): [string, KeyToken][] => {
          const secret = rotations.secretOf({ name, configuredHash });
          return secret ? [[name, fixedToken(secret)]] : [];
        }),
      ),
    useConfig: (next) => {
      config = next;
    },
    begin: (given) => {
      pool = given;
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

const tell = (news: RotationNews, { log, audit, metrics }: RotationPorts): void => {
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

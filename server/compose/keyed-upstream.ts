// The upstream over the keys of a configuration: their tokens are secrets, or come of workload identities.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import type { Disposal } from "../disposal.ts";
import type { Log } from "../observe/log.ts";
import type { UpstreamMetrics } from "../observe/metrics.ts";
import type { Connect } from "../upstream/agents.undici.ts";
import { type ComposedUpstream, upstreamOf } from "./upstream.ts";
import { keysInUse } from "./upstream-keys.ts";
import { workloadIdentities } from "./workload-identities.ts";

export interface KeyedUpstream extends Omit<ComposedUpstream, "tokenChanged" | "useKeys"> {
  /** Begins to get access tokens where they are another configuration's. What is in use stays as it is until `use`. */
  prepareKeys(config: KeyConfig): PreparedKeys;
}

/** Either used or discarded. */
export interface PreparedKeys {
  /** Resolves when one of the keys can be used. Throws `ConfigError` with what is wrong with each where none can in time. */
  ready(): Promise<void>;
  use(): void;
  discard(): void;
}

type KeyConfig = Pick<Config, "file" | "settings" | "upstream_keys">;

interface Ports {
  clock: Clock;
  timers: Timers;
  log: Log;
  metrics: UpstreamMetrics;
  connect: Connect;
  random(): number;
}

/** Resolves when one of the keys can be used; throws `ConfigError` as `ready` does. Closed by `stack`. */
export const openKeyedUpstream = async (
  config: KeyConfig,
  settings: () => Settings,
  ports: Ports,
  stack: Disposal,
): Promise<KeyedUpstream> => {
  const identities = stack.use(
    workloadIdentities({ ...ports, onChange: (key, change) => upstream.tokenChanged(key, change) }),
  );
  const first = identities.prepare(config);
  first.use();
  const upstream = stack.use(upstreamOf(keysInUse(config, first.tokens), settings, ports));
  await first.ready();
  return {
    ...upstream,
    prepareKeys: (next) => {
      const { tokens, ready, use, discard } = identities.prepare(next);
      return {
        ...{ ready, discard },
        use: () => {
          upstream.useKeys(keysInUse(next, tokens));
          use();
        },
      };
    },
  };
};

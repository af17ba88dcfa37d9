// The upstream over the keys of a configuration: their tokens are secrets, rotated or not, or come of workload identities.
import type { Config } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import type { Disposal } from "../disposal.ts";
import { openKeyRotation, type RotationPorts } from "./rotation.ts";
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

/** Resolves when one of the keys can be used; throws `ConfigError` as `ready` does. Closed by `stack`. */
export const openKeyedUpstream = async (
  config: KeyConfig,
  settings: () => Settings,
  given: RotationPorts,
  stack: Disposal,
): Promise<KeyedUpstream> => {
  const { clock, timers, log, metrics, connect } = given;
  const ports = { clock, timers, log, metrics, connect, random: given.random.number };
  // First on the stack, so that it is closed last: rotation and identities change its keys as long as they are open.
  let closeUpstream = (): unknown => undefined;
  stack.defer(() => closeUpstream());
  const rotation = stack.use(await openKeyRotation(config, given));
  const identities = stack.use(
    workloadIdentities({ ...ports, onChange: (key, change) => upstream.tokenChanged(key, change) }),
  );
  const first = identities.prepare(config);
  first.use();
  let current = { config, tokens: first.tokens };
  const keysNow = () =>
    keysInUse(current.config, new Map([...current.tokens, ...rotation.tokensOf(current.config)]));
  const upstream = upstreamOf(keysNow(), settings, ports);
  closeUpstream = () => upstream[Symbol.asyncDispose]();
  await first.ready();
  rotation.begin({ onSecrets: () => upstream.useKeys(keysNow()), keyHealth: upstream.keyHealth });
  return {
    ...upstream,
    prepareKeys: (next) => {
      const { tokens, ready, use, discard } = identities.prepare(next);
      return {
        ...{ ready, discard },
        use: () => {
          current = { config: next, tokens };
          rotation.useConfig(next);
          upstream.useKeys(keysNow());
          use();
        },
      };
    },
  };
};

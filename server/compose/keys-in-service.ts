// The secrets that requests with the configured keys show: rotation may have put others in their place.
import { configuredHash, openCredential, type Sealing } from "../rotation/credential.ts";
import { idOf } from "../rotation/rotated-key.ts";
import type { RotationStore } from "../rotation/rotation-store.ts";
import type { Secret } from "../secret.ts";
import type { UpstreamKey } from "../upstream/keys.ts";

type ConfiguredKey = Pick<UpstreamKey, "name" | "secret">;

export interface KeysInService {
  /** Tells configured secrets apart; empty where the key has none. */
  hashOf(key: ConfiguredKey): string;
  /** Undefined where the key has a workload identity instead. Rejects with a sentence where a stored secret cannot be opened. */
  secretOf(key: ConfiguredKey): Promise<Secret | undefined>;
}

/** As the database says now. `hashKey` is its own. */
export const readKeysInService = async (
  store: Pick<RotationStore, "all">,
  hashKey: Secret,
  sealing: Sealing,
): Promise<KeysInService> => {
  const rows = new Map((await store.all()).map((row) => [idOf(row), row]));
  const hashOf = ({ secret }: ConfiguredKey): string => (secret ? configuredHash(hashKey, secret) : "");
  return {
    hashOf,
    secretOf: async (key) => {
      const { name } = key;
      const current = rows.get(idOf({ name, configuredHash: hashOf(key) }))?.current;
      return current === undefined ? key.secret : (await openCredential(sealing, { name }, current)).secret;
    },
  };
};

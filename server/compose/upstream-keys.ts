// The keys of a configuration, as the pool of upstream keys uses them.
import type { Config } from "../config/load.ts";
import type { Secret } from "../secret.ts";
import { fixedToken, type KeyInUse, type KeyToken, type UpstreamKey } from "../upstream/keys.ts";

type KeyConfig = Pick<Config, "settings" | "upstream_keys">;

/** The configured keys, and OPENAI_API_KEY as one of them. */
export const upstreamKeysOf = ({ settings, upstream_keys: keys }: KeyConfig): readonly UpstreamKey[] => {
  const secret = settings.openai_api_key;
  if (!secret) return keys;
  const { openai_base_url, openai_organization, openai_project } = settings;
  const own: UpstreamKey = {
    name: OWN_KEY,
    secret,
    base_url: openai_base_url,
    organization: openai_organization,
    project: openai_project,
    priority: 0,
    weight: 1,
  };
  return [own, ...keys];
};

/** The name of OPENAI_API_KEY. */
const OWN_KEY = "default";

/**
 * The same with what their requests show; `tokens` has those of the keys that have no secret, and of those that show another than
 * their secret.
 */
export const keysInUse = (config: KeyConfig, tokens: ReadonlyMap<string, KeyToken>): readonly KeyInUse[] =>
  upstreamKeysOf(config).map(({ secret, workload_identity: _, rotate: __, ...key }) => ({
    ...key,
    // A key without a secret has an identity, as its schema says.
    token: tokens.get(key.name) ?? fixedToken(secret as Secret),
    setting: settingOfKey(config, key.name),
  }));

/** The setting that says what the key shows. */
export const settingOfKey = ({ settings, upstream_keys: keys }: KeyConfig, name: string): string => {
  const key = keys.find((each) => each.name === name);
  if (!key && settings.openai_api_key) return "OPENAI_API_KEY";
  const what = key?.workload_identity ? "workload_identity" : "secret";
  return `the ${what} of ${name} under upstream_keys in broker.yaml`;
};

// The part of the configuration that the command line reads: the database, and the names that broker.yaml has.
import { isJsonRecord } from "../json/record.ts";
import { interpolate } from "./interpolate.ts";
import { type Environment, type ReadFile, readDocument, readSettings } from "./load.ts";
import { rolesNamedIn } from "./name-check.ts";
import { ConfigError } from "./problems.ts";
import type { Settings } from "./settings.ts";

const names = ["database_url", "token_hash_key", "tls_ca_file"] as const;
const namesWithSalt = [...names, "safety_identifier_salt"] as const;

export interface StoreConfig {
  settings: Pick<Settings, (typeof namesWithSalt)[number]>;
  profiles: readonly string[];
  /** Those that `allow` lists and `roles` name. */
  roles: readonly string[];
  /** Each with the fields that its entry says. */
  users: readonly { name: string; fields: readonly string[] }[];
  /** The ids of callers with tokens and of signers, such as `token:alice`. */
  callers: readonly string[];
}

/**
 * Reads the same sources as the service, but resolves only the references of the settings that are needed: an operator's
 * shell seldom has all of the service's secrets. Throws `ConfigError`.
 */
export const loadStoreConfig = (
  env: Environment,
  readFile: ReadFile,
  { withSalt }: { withSalt: boolean },
): StoreConfig => {
  const { document } = readDocument(env, readFile);
  const needed: readonly (typeof namesWithSalt)[number][] = withSalt ? namesWithSalt : names;
  const section = isJsonRecord(document.settings) ? document.settings : {};
  const asked = Object.fromEntries(needed.map((name) => [name, section[name]]));
  const { value, problems, unresolved } = interpolate({ settings: asked }, env);
  const file = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const read = readSettings(needed, env, file, unresolved);
  problems.push(...read.problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const callers = isJsonRecord(document.callers) ? document.callers : {};
  return {
    settings: read.values,
    // Without profiles the service has one of its own, called default.
    profiles: isJsonRecord(document.profiles) ? Object.keys(document.profiles) : ["default"],
    roles: rolesNamedIn(document),
    users: entriesOf(document.users),
    callers: [
      ...entriesOf(callers.tokens).map(({ name }) => `token:${name}`),
      ...entriesOf(callers.signers).map(({ name }) => `signer:${name}`),
    ],
  };
};

const entriesOf = (entries: unknown): { name: string; fields: string[] }[] =>
  (Array.isArray(entries) ? entries : []).filter(isJsonRecord).flatMap((entry) => {
    const { name, ...fields } = entry;
    return typeof name === "string" ? [{ name, fields: Object.keys(fields) }] : [];
  });

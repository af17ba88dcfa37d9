// The part of the configuration that the command line reads: the database, and the names of profiles and users.
import { isJsonRecord } from "../json/record.ts";
import { interpolate } from "./interpolate.ts";
import { type Environment, type ReadFile, readDocument, readSettings } from "./load.ts";
import { ConfigError } from "./problems.ts";
import type { Settings } from "./settings.ts";

const names = ["database_url", "token_hash_key"] as const;

export interface StoreConfig {
  settings: Pick<Settings, (typeof names)[number]>;
  profiles: readonly string[];
  users: readonly string[];
}

/**
 * Reads the same sources as the service, but resolves only the references of these two settings: an operator's shell
 * seldom has all of the service's secrets. Throws `ConfigError`.
 */
export const loadStoreConfig = (env: Environment, readFile: ReadFile): StoreConfig => {
  const { document } = readDocument(env, readFile);
  const section = isJsonRecord(document.settings) ? document.settings : {};
  const needed = Object.fromEntries(names.map((name) => [name, section[name]]));
  const { value, problems, unresolved } = interpolate({ settings: needed }, env);
  const file = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const read = readSettings(names, env, file, unresolved);
  problems.push(...read.problems);
  if (problems.length > 0) throw new ConfigError(problems);
  // Without profiles the service has one of its own, called default.
  const profiles = isJsonRecord(document.profiles) ? Object.keys(document.profiles) : ["default"];
  return { settings: read.values, profiles, users: namesIn(document.users) };
};

const namesIn = (users: unknown): string[] =>
  Array.isArray(users)
    ? users.filter(isJsonRecord).flatMap(({ name }) => (typeof name === "string" ? [name] : []))
    : [];

// The part of the configuration that the command line reads: the database, and the names that broker.yaml has.
import { isJsonRecord } from "../json/record.ts";
import { type Environment, type ReadFile, readDocument } from "./document.ts";
import { interpolate } from "./interpolate.ts";
import { type NeededSecrets, readSettings } from "./load.ts";
import { rolesNamedIn } from "./name-check.ts";
import { ConfigError } from "./problems.ts";
import {
  findReferences,
  resolveReferences,
  type SecretSource,
  secretsOptionsIn,
} from "./secret-references.ts";
import { type SettingName, type Settings, settings } from "./settings.ts";

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

/** The texts of the settings that are needed, and nothing else of the service's: an operator's shell seldom has all of its secrets. */
export interface StoreTexts {
  document: Record<string, unknown>;
  /** Without the other settings. */
  env: Environment;
  names: readonly (typeof namesWithSalt)[number][];
  needed: NeededSecrets;
}

/** Throws `ConfigError`. */
export const readStoreTexts = (
  env: Environment,
  readFile: ReadFile,
  { withSalt }: { withSalt: boolean },
): StoreTexts => {
  const { document } = readDocument(env, readFile);
  const asked = withSalt ? namesWithSalt : names;
  const others = Object.keys(settings).filter((name) => !asked.some((each) => each === name));
  const variables = others.map((name) => settings[name as SettingName].env as string);
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !variables.includes(name)));
  const { value, unresolved } = interpolate(askedOf(document, asked), own);
  const references = findReferences({ document: value, env: own, broken: unresolved });
  return { document, env: own, names: asked, needed: { references, ...secretsOptionsIn(value) } };
};

/** Throws `ConfigError`. */
export const parseStoreConfig = (
  { document, env, names: asked }: StoreTexts,
  secrets: SecretSource,
): StoreConfig => {
  const interpolated = interpolate(askedOf(document, asked), env);
  const texts = { document: interpolated.value, env, broken: interpolated.unresolved };
  const resolved = resolveReferences(texts, secrets);
  const { document: value } = resolved;
  const file = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const unresolved = interpolated.unresolved.union(resolved.unresolved);
  const read = readSettings(asked, resolved.env, file, unresolved);
  const problems = [...interpolated.problems, ...resolved.problems, ...read.problems];
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

const askedOf = (document: Record<string, unknown>, asked: readonly SettingName[]) => {
  const section = isJsonRecord(document.settings) ? document.settings : {};
  return {
    settings: Object.fromEntries(asked.map((name) => [name, section[name]])),
    ...(document.secrets === undefined ? {} : { secrets: document.secrets }),
  };
};

const entriesOf = (entries: unknown): { name: string; fields: string[] }[] =>
  (Array.isArray(entries) ? entries : []).filter(isJsonRecord).flatMap((entry) => {
    const { name, ...fields } = entry;
    return typeof name === "string" ? [{ name, fields: Object.keys(fields) }] : [];
  });

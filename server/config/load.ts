// Reads the environment and broker.yaml into one typed configuration, or reports all of their mistakes at once.
import type { z } from "zod";
import { faultsOf } from "../json/input-errors.ts";
import { parseInput } from "../json/parse-input.ts";
import { isJsonRecord } from "../json/record.ts";
import { suggestNames } from "../names.ts";
import type { SecretsOptions } from "../secrets/options.ts";
import { type BrokerFile, brokerFileSchema } from "./broker-file.ts";
import { type ConfigDigests, digestsOf } from "./digests.ts";
import { type Environment, type ReadFile, readDocument, withoutEmpty } from "./document.ts";
import { interpolate } from "./interpolate.ts";
import { findNameProblems, findRoleProblems, hasToolsElsewhere } from "./name-check.ts";
import { findOpenAiNameProblems } from "./openai-name-check.ts";
import { ConfigError, describeIssues } from "./problems.ts";
import {
  findReferences,
  type PlacedReference,
  resolveReferences,
  type SecretSource,
  secretsOptionsIn,
} from "./secret-references.ts";
import { type SettingName, type Settings, settingNames, settings } from "./settings.ts";
import { typedReferences } from "./typed-references.ts";

export type { Environment, ReadFile } from "./document.ts";

export interface Config extends Omit<BrokerFile, "settings"> {
  settings: Settings;
  /** The path of the file that was read; undefined where there is none. */
  file: string | undefined;
  digests: ConfigDigests;
}

/**
 * `BROKER_CONFIG` names the file and must then exist; otherwise `./broker.yaml` is read where present. Throws
 * `ConfigError` with all problems; misspelt names are among them, those of tools where the tools in code are known.
 */
export const loadConfig = (env: Environment, readFile: ReadFile, toolsInCode?: readonly string[]): Config => {
  const { path, document, digest } = readDocument(env, readFile);
  return parseConfig(document, env, { file: path, digest, toolsInCode });
};

/** Where the configuration comes from, and what is known beside it. */
export interface ConfigSource {
  file?: string | undefined;
  /** SHA-256 of its text. */
  digest?: string | undefined;
  /** The tools in code, where they are known. */
  toolsInCode?: readonly string[] | undefined;
  /** What references to secrets stand for. By default each is a mistake. */
  secrets?: SecretSource | undefined;
}

/** The configuration of a parsed broker.yaml, or of an object of its shape. Throws `ConfigError` with all problems. */
export const parseConfig = (
  given: unknown,
  env: Environment,
  { file, digest, toolsInCode, secrets = "none" }: ConfigSource = {},
): Config => {
  const document = withoutEmpty(given, 2);
  const interpolated = interpolate(document, env);
  const { references } = interpolated;
  const resolved = resolveReferences(
    { document: interpolated.value, env, broken: interpolated.unresolved },
    secrets,
  );
  const { document: value } = resolved;
  const problems = [...interpolated.problems, ...resolved.problems];
  const unresolved = interpolated.unresolved.union(resolved.unresolved);
  const parsed = parseFile(value, references);
  if (!parsed.success) problems.push(...describeIssues(parsed.error.issues, unresolved));
  const fromFile = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const read = readSettings(settingNames, resolved.env, fromFile, unresolved);
  problems.push(...unknownSettings(fromFile), ...read.problems);
  if (!parsed.success || problems.length > 0) {
    const tools = hasToolsElsewhere(value) ? undefined : toolsInCode;
    throw new ConfigError([
      ...problems,
      ...findNameProblems(value, tools),
      ...findOpenAiNameProblems(value, read.values),
      ...findRoleProblems(value),
    ]);
  }
  const digests = digestsOf(digest, isJsonRecord(document) ? document : {}, read.values);
  return { ...parsed.data, settings: read.values, file, digests };
};

/** What must be read before `parseConfig`: the references, and where the stores are. */
export interface NeededSecrets {
  references: readonly PlacedReference[];
  /** Undefined where `secrets:` has mistakes. */
  options: SecretsOptions | undefined;
  /** Those mistakes, which `parseConfig` tells with all others. */
  problems: readonly string[];
}

export const secretsNeededBy = (given: unknown, env: Environment): NeededSecrets => {
  const { value, unresolved } = interpolate(withoutEmpty(given, 2), env);
  return {
    references: findReferences({ document: value, env, broken: unresolved }),
    ...secretsOptionsIn(value),
  };
};

const parseFile = (value: unknown, references: ReadonlySet<string>) => {
  const parsed = parseInput(brokerFileSchema, value);
  return parsed.success || references.size === 0
    ? parsed
    : parseInput(brokerFileSchema, typedReferences(value, parsed.error.issues, references));
};

const unknownSettings = (file: Record<string, unknown>): string[] => {
  const known: readonly string[] = settingNames;
  return Object.keys(file)
    .filter((name) => !known.includes(name))
    .map((name) => `settings.${name}: there is no such setting${suggestNames(name, known)}`);
};

/** Each setting from the environment, else from the file's `settings`, else its default; and the problems of all. */
export const readSettings = <Name extends SettingName>(
  names: readonly Name[],
  env: Environment,
  file: Record<string, unknown>,
  unresolved: ReadonlySet<string>,
): { values: Pick<Settings, Name>; problems: string[] } => {
  const problems: string[] = [];
  const values = Object.fromEntries(
    names.map((name) => {
      const { value, problem } = readSetting(name, env, file);
      const places = [`settings.${name}`, settings[name].env];
      if (problem && !places.some((place) => unresolved.has(place))) problems.push(problem);
      return [name, value];
    }),
  );
  return { values: values as Pick<Settings, Name>, problems };
};

// Those of proxies are written in small letters as often, and curl and others let these decide.
const inSmallLetters: readonly string[] = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"];

const valueIn = (env: Environment, variable: string): string | undefined =>
  (inSmallLetters.includes(variable) && env[variable.toLowerCase()]) || env[variable] || undefined;

const readSetting = (
  name: SettingName,
  env: Environment,
  file: Record<string, unknown>,
): { value?: unknown; problem?: string } => {
  const { env: variable, schema, default: fallback } = settings[name];
  // An empty variable counts as unset: compose files and CI systems write `NAME=` for "none".
  const fromEnv = valueIn(env, variable);
  const given = fromEnv ?? file[name] ?? fallback;
  if (given === undefined) return {};
  const parsed = parseInput<z.ZodType>(schema, given);
  if (parsed.success) return { value: parsed.data };
  const where = fromEnv === undefined ? `settings.${name}` : variable;
  const [fault] = faultsOf(parsed.error.issues);
  const reason = fault?.kind === "wrong" ? fault.detail : "is not valid";
  return { problem: `${where}: ${reason} (${settings[name].doc})` };
};

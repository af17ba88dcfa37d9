// Reads the environment and broker.yaml into one typed configuration, or reports all of their mistakes at once.
import { hash } from "node:crypto";
import { type Document, parseDocument } from "yaml";
import type { z } from "zod";
import { faultsOf } from "../json/input-errors.ts";
import { parseInput } from "../json/parse-input.ts";
import { isJsonRecord } from "../json/record.ts";
import { suggestNames } from "../names.ts";
import { type BrokerFile, brokerFileSchema } from "./broker-file.ts";
import { type ConfigDigests, digestsOf } from "./digests.ts";
import { interpolate } from "./interpolate.ts";
import { findNameProblems, findRoleProblems, hasToolsElsewhere } from "./name-check.ts";
import { findOpenAiNameProblems } from "./openai-name-check.ts";
import { ConfigError, describeIssues } from "./problems.ts";
import { type SettingName, type Settings, settingNames, settings } from "./settings.ts";
import { typedReferences } from "./typed-references.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config extends Omit<BrokerFile, "settings"> {
  settings: Settings;
  /** The path of the file that was read; undefined where there is none. */
  file: string | undefined;
  digests: ConfigDigests;
}

/** The file's text, or undefined where there is no such file. */
export type ReadFile = (path: string) => string | undefined;

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
}

/** The configuration of a parsed broker.yaml, or of an object of its shape. Throws `ConfigError` with all problems. */
export const parseConfig = (
  given: unknown,
  env: Environment,
  { file, digest, toolsInCode }: ConfigSource = {},
): Config => {
  const document = withoutEmpty(given, 2);
  const { value, problems, unresolved, references } = interpolate(document, env);
  const parsed = parseFile(value, references);
  if (!parsed.success) problems.push(...describeIssues(parsed.error.issues, unresolved));
  const fromFile = isJsonRecord(value) && isJsonRecord(value.settings) ? value.settings : {};
  const read = readSettings(settingNames, env, fromFile, unresolved);
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

const parseFile = (value: unknown, references: ReadonlySet<string>) => {
  const parsed = parseInput(brokerFileSchema, value);
  return parsed.success || references.size === 0
    ? parsed
    : parseInput(brokerFileSchema, typedReferences(value, parsed.error.issues, references));
};

/** The parsed file, its references unresolved. `path` is undefined where there is no file. */
export const readDocument = (
  env: Environment,
  readFile: ReadFile,
): { path: string | undefined; document: Record<string, unknown>; digest: string | undefined } => {
  const path = env.BROKER_CONFIG ?? "broker.yaml";
  if (path === "") {
    throw new ConfigError(["BROKER_CONFIG: is empty; name a file, or unset it, and ./broker.yaml is read"]);
  }
  const text = readFile(path);
  if (text === undefined && env.BROKER_CONFIG !== undefined) {
    throw new ConfigError([`BROKER_CONFIG: there is no file ${path}`]);
  }
  const document = withoutEmpty(parseYaml(path, text ?? ""), 2);
  const found = text === undefined ? undefined : { path, digest: hash("sha256", text, "hex") };
  return { path: found?.path, document: isJsonRecord(document) ? document : {}, digest: found?.digest };
};

const parseYaml = (path: string, text: string): Record<string, unknown> => {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map(({ message }) => `${path}: ${withoutAlias(message)}`));
  }
  const value = plainValue(document, path) ?? {};
  if (!isJsonRecord(value)) throw new ConfigError([`${path}: must be headings with settings under them`]);
  return value;
};

const plainValue = (document: Document, path: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or too many aliases, is found only now.
    throw new ConfigError([
      `${path}: ${error instanceof Error ? withoutAlias(error.message) : "cannot be read"}`,
    ]);
  }
};

// The first line says what is wrong, and where. The name of an alias may be a secret that begins with `*` and was not quoted.
const withoutAlias = (message: string): string =>
  message.startsWith("Unresolved alias")
    ? "has an alias without its anchor; a text that begins with * must be quoted"
    : (message.split("\n", 1)[0] ?? "");

// A heading whose entries are all commented out is null: it counts as absent. Deeper down null is a value.
const withoutEmpty = (node: unknown, depth: number): unknown => {
  if (depth === 0 || !isJsonRecord(node)) return node;
  const present = Object.entries(node).filter(([, value]) => value !== null);
  return Object.fromEntries(present.map(([name, value]) => [name, withoutEmpty(value, depth - 1)]));
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
      if (problem && !unresolved.has(`settings.${name}`)) problems.push(problem);
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

// Some of the settings, for commands that need no others: an operator's shell seldom has all secrets of the service.
import { isJsonRecord } from "../json/record.ts";
import type { Environment } from "./document.ts";
import { interpolate } from "./interpolate.ts";
import { type NeededSecrets, readSettings } from "./load.ts";
import {
  findReferences,
  resolveReferences,
  type SecretSource,
  secretsOptionsIn,
  type Texts,
} from "./secret-references.ts";
import { type SettingName, type Settings, settings } from "./settings.ts";

/** The texts of those settings, and nothing of the others. */
export interface SettingTexts<Name extends SettingName> {
  names: readonly Name[];
  texts: Texts;
  /** Variables of the file that are not set. */
  problems: readonly string[];
  /** What must be read before `parseSettings`. */
  needed: NeededSecrets;
}

/** In the environment, else under `settings:` of the document. */
export const findSettings = <Name extends SettingName>(
  names: readonly Name[],
  document: Record<string, unknown>,
  env: Environment,
): SettingTexts<Name> => {
  const section = isJsonRecord(document.settings) ? document.settings : {};
  const asked = {
    settings: Object.fromEntries(names.map((name) => [name, section[name]])),
    ...(document.secrets === undefined ? {} : { secrets: document.secrets }),
  };
  const own = withoutSettings(env, names);
  const { value, problems, unresolved: broken } = interpolate(asked, own);
  const texts = { document: value, env: own, broken };
  const needed = { references: findReferences(texts), ...secretsOptionsIn(value) };
  return { names, texts, problems, needed };
};

/** With the secrets in them, and the problems of all. */
export const parseSettings = <Name extends SettingName>(
  { names, texts, problems }: Pick<SettingTexts<Name>, "names" | "texts" | "problems">,
  secrets: SecretSource,
): { values: Pick<Settings, Name>; problems: string[] } => {
  const { document, env, ...resolved } = resolveReferences(texts, secrets);
  const file = isJsonRecord(document) && isJsonRecord(document.settings) ? document.settings : {};
  const read = readSettings(names, env, file, texts.broken.union(resolved.unresolved));
  return { values: read.values, problems: [...problems, ...resolved.problems, ...read.problems] };
};

const withoutSettings = (env: Environment, names: readonly SettingName[]): Environment => {
  const others = Object.entries(settings).filter(([name]) => !names.some((each) => each === name));
  const variables: ReadonlySet<string> = new Set(others.map(([, { env: variable }]) => variable));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !variables.has(name)));
};

// What changed from one configuration to another, by name: never a value, and of a secret only that it is another. Pure.
import { isDeepStrictEqual } from "node:util";
import { isJsonRecord } from "../json/record.ts";
import { Secret } from "../secret.ts";
import type { Config } from "./load.ts";
import { type SettingName, type Settings, settingNames, settings } from "./settings.ts";

/** Such as `settings.log_level`, `profiles.support`, or `upstream_keys.eu (secret)` where only a secret in it is another. */
export const changesOf = (before: Config, now: Config): readonly string[] => {
  const names = new Set([...Object.keys(before), ...Object.keys(now)] as (keyof Config)[]);
  // Where the configuration was read, and what its text hashes to, is none of what it says.
  for (const name of ["file", "digests"] as const) names.delete(name);
  return [...names].flatMap((name) => changesIn(name, before[name], now[name]));
};

/** Whether both say the same, secrets included. The order of entries counts: the first that admits a caller decides. */
export const isSameValue = (a: unknown, b: unknown): boolean => isSame(a, b, true);

/**
 * The configuration with what only a start can change as it is in force, and the names of what therefore needs a restart.
 */
export const keepUntilRestart = (
  inForce: Config,
  next: Config,
): { config: Config; needsRestart: readonly string[] } => {
  const kept = restartSettings.filter((name) => !isSameValue(inForce.settings[name], next.settings[name]));
  const values = Object.fromEntries(kept.map((name) => [name, inForce.settings[name]]));
  const { tools_dir, client_certificates } = inForce;
  const headings = restartHeadings.filter((name) => !isSameValue(inForce[name], next[name]));
  return {
    config: {
      ...{ ...next, tools_dir, client_certificates },
      settings: { ...next.settings, ...(values as Partial<Settings>) } as Settings,
    },
    needsRestart: [...kept.map((name) => `settings.${name}`), ...headings],
  };
};

/** Code cannot be unloaded, and agents keep the connections that they have made. */
const restartHeadings = ["client_certificates", "tools_dir"] as const;

const restartSettings: readonly SettingName[] = settingNames.filter(
  (name) => settings[name].reload === "restart",
);

const changesIn = (name: string, before: unknown, now: unknown): string[] => {
  if (isSame(before, now, true)) return [];
  const [old, next] = [entriesOf(before), entriesOf(now)];
  if (!old || !next) return [described(name, before, now)];
  const entries = [...new Set([...old.keys(), ...next.keys()])]
    .filter((entry) => !isSame(old.get(entry), next.get(entry), true))
    .map((entry) => described(`${name}.${entry}`, old.get(entry), next.get(entry)));
  // The same entries in another order.
  return entries.length > 0 ? entries : [name];
};

const described = (name: string, before: unknown, now: unknown): string =>
  isSame(before, now, false) ? `${name} (secret)` : name;

/** By name; undefined for what has no named entries. */
const entriesOf = (value: unknown): ReadonlyMap<string, unknown> | undefined => {
  if (isPlain(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value)) return undefined;
  const names = value.map(nameOf);
  return names.includes(undefined)
    ? undefined
    : new Map(value.map((entry, index) => [names[index] as string, entry]));
};

const nameOf = (entry: unknown): string | undefined => {
  if (!isPlain(entry)) return undefined;
  const name = entry.name ?? entry.issuer ?? entry.document;
  return typeof name === "string" ? name : undefined;
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  isJsonRecord(value) && !(value instanceof Secret) && !Array.isArray(value);

const isSame = (a: unknown, b: unknown, withSecrets: boolean): boolean => {
  if (a === b) return true;
  if (a instanceof Secret && b instanceof Secret) return !withSecrets || a.isSame(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => isSame(each, b[index], withSecrets));
  }
  if (!isPlain(a) || !isPlain(b)) return isDeepStrictEqual(a, b);
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    names.length === others.length &&
    names.every((name, index) => name === others[index] && isSame(a[name], b[name], withSecrets))
  );
};

// Loaded and refused configurations, for the audit trail: which file, and which of its parts changed. Pure.
import type { Link, Sealer } from "./chain.ts";
import { readBody } from "./chain.ts";
import type { AuditEntry } from "./entry.ts";

/** What the trail learns of a configuration. */
export interface AuditedConfiguration {
  file: string | undefined;
  digests: {
    file: string | undefined;
    parts: Readonly<Record<string, string>>;
  };
}

/** What changed without a restart, and what waits for one. */
export interface ReloadedNames {
  changed: readonly string[];
  needsRestart: readonly string[];
}

type Parts = Readonly<Record<string, unknown>>;

export interface ConfigurationEntries {
  loaded(configuration: AuditedConfiguration, reloaded?: ReloadedNames): AuditEntry;
  refused(configuration: AuditedConfiguration, problems: readonly string[]): AuditEntry;
}

/** `last`: the entry of the configuration that was loaded before, by whatever replica. */
export const configurationEntries = (
  last: Link | undefined,
  sealer: Pick<Sealer, "fingerprint">,
  now: () => number,
): ConfigurationEntries => {
  let before = last && partsOf(last);
  const described = ({ file, digests }: AuditedConfiguration) => ({
    file: file ?? "none",
    file_sha256: digests.file,
  });
  return {
    loaded: (configuration, reloaded) => {
      const digests = Object.entries(configuration.digests.parts);
      const parts = Object.fromEntries(digests.map(([name, digest]) => [name, sealer.fingerprint(digest)]));
      const changed = before && changedIn(before, parts);
      before = parts;
      const names = reloaded && { reloaded: reloaded.changed, needs_restart: reloaded.needsRestart };
      const details = { ...described(configuration), changed, parts, ...names };
      return { at: now(), action: "configuration-loaded", actor: "service", details };
    },
    refused: (configuration, problems) => {
      const details = { ...described(configuration), problems };
      return { at: now(), action: "configuration-refused", actor: "service", details };
    },
  };
};

const partsOf = ({ body }: Link): Parts | undefined => {
  const parts = readBody(body)?.details.parts;
  return typeof parts === "object" && parts !== null ? { ...parts } : undefined;
};

const changedIn = (before: Parts, now: Parts): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((name) => before[name] !== now[name])
    .sort();

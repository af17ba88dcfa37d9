// The part of the configuration that the command line reads: the database, and the names that broker.yaml has.
import { isJsonRecord } from "../json/record.ts";
import { rolesNamedIn } from "./name-check.ts";
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

/** Those that a command needs; `whois` also needs the salt. */
export const storeSettings = ({
  withSalt,
}: {
  withSalt: boolean;
}): readonly (typeof namesWithSalt)[number][] => (withSalt ? namesWithSalt : names);

/** With the settings that were read of it. */
export const storeConfigOf = (
  document: Record<string, unknown>,
  settings: StoreConfig["settings"],
): StoreConfig => {
  const callers = isJsonRecord(document.callers) ? document.callers : {};
  return {
    settings,
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

// The secrets that doctor tries: those that rotation put in the place of configured ones, read from the database without changing it.
import type { Config } from "../config/load.ts";
import type { Sealing } from "../rotation/credential.ts";
import { sqlRotationStore } from "../rotation/rotation-store.sql.ts";
import { Secret } from "../secret.ts";
import type { DatabaseAddress } from "../store/database.ts";
import type { Reader } from "../store/reader.ts";
import { readKeysInService } from "./keys-in-service.ts";

/** By the names of the keys: the secret in service, or why it is not known. */
export type StoredSecrets = ReadonlyMap<string, Secret | Error>;

/** Never rejects. */
export const storedSecrets = async (
  { settings, upstream_keys: keys }: Config,
  sealing: Sealing,
): Promise<StoredSecrets> => {
  if (keys.length === 0) return new Map();
  try {
    await using reader = disposable(await openReader(settings.database_url));
    return await readSecrets(keys, reader, sealing);
  } catch (error) {
    if (isEmpty(error)) return new Map();
    const problem = new Error("it cannot be read, as the check of the database says");
    return new Map(keys.filter(({ rotate }) => rotate).map(({ name }) => [name, problem]));
  }
};

// Before the first start nothing was rotated.
const isEmpty = (error: unknown): boolean =>
  /unable to open database file|no such table|relation "\w+" does not exist/.test(String(error));

const readSecrets = async (
  keys: Config["upstream_keys"],
  { all }: Reader,
  sealing: Sealing,
): Promise<StoredSecrets> => {
  const [kept] = await all("select value from meta where name = $1", ["configured_key_hash"]);
  if (!kept) return new Map();
  const hashKey = new Secret(String(kept.value));
  const inService = await readKeysInService(sqlRotationStore({ all, run: refuse }), hashKey, sealing);
  const found = await Promise.all(
    keys.map(async (key): Promise<[string, Secret | Error][]> => {
      const secret = await inService.secretOf(key).catch((error: Error) => error);
      return secret ? [[key.name, secret]] : [];
    }),
  );
  return new Map(found.flat());
};
const openReader = async (address: DatabaseAddress): Promise<Reader> => {
  if (address.kind === "sqlite") {
    const { readSqlite } = await import("../store/reader.sqlite.ts");
    return readSqlite(address.path);
  }
  const { readPostgres } = await import("../store/database.postgres.ts");
  return readPostgres(address.url, () => {});
};

const disposable = (reader: Reader) => ({ ...reader, [Symbol.asyncDispose]: () => reader.close() });

const refuse = () => Promise.reject(new Error("it is only read"));

// The secrets that rotation put in the place of configured ones, read from the database without changing it.
import type { Config } from "../config/load.ts";
import { configuredHash, openCredential, type Sealing } from "../rotation/credential.ts";
import { idOf } from "../rotation/rotated-key.ts";
import { sqlRotationStore } from "../rotation/rotation-store.sql.ts";
import { Secret } from "../secret.ts";
import type { DatabaseAddress } from "../store/database.ts";
import type { Reader } from "../store/reader.ts";

/** By the names of their keys. None where the database cannot be read, or what it keeps cannot be opened. */
export const storedSecrets = async (
  { settings, upstream_keys: keys }: Config,
  sealing: Sealing,
): Promise<ReadonlyMap<string, Secret>> => {
  if (!keys.some(({ rotate }) => rotate)) return new Map();
  try {
    await using reader = disposable(await openReader(settings.database_url));
    return await readSecrets(keys, reader, sealing);
  } catch {
    return new Map();
  }
};

const readSecrets = async (keys: Config["upstream_keys"], { all }: Reader, sealing: Sealing) => {
  const [kept] = await all("select value from meta where name = $1", ["configured_key_hash"]);
  if (!kept) return new Map<string, Secret>();
  const hashKey = new Secret(String(kept.value));
  const rows = new Map((await sqlRotationStore({ all, run: refuse }).all()).map((row) => [idOf(row), row]));
  const found = await Promise.all(
    keys.map(async ({ name, secret }): Promise<[string, Secret][]> => {
      const id = secret && { name, configuredHash: configuredHash(hashKey, secret) };
      const current = id && rows.get(idOf(id))?.current;
      return current === undefined ? [] : [[name, (await openCredential(sealing, { name }, current)).secret]];
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

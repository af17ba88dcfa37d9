// Opens the database and composes what is kept in it: for the service, and for the command line beside it.
import { randomBytes } from "node:crypto";
import type { Authenticator } from "../auth/authenticator.ts";
import { useConfiguredUsers } from "../auth/users/configured-users.ts";
import { type TokenHasher, tokenHasher } from "../auth/users/token-hash.ts";
import { userAuthenticator } from "../auth/users/user-authenticator.ts";
import { sqlUsers } from "../auth/users/users.sql.ts";
import type { UserConfig, Users } from "../auth/users/users.ts";
import { type Clock, systemClock } from "../clock.ts";
import { ConfigError } from "../config/problems.ts";
import type { Settings } from "../config/settings.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { Secret } from "../secret.ts";
import { bookingOnlyAdmitted, endingSessions } from "../sessions/store/disabled-users.ts";
import { sqlSessionStore } from "../sessions/store/session-store.sql.ts";
import type { SessionStore } from "../sessions/store/session-store.ts";
import { openSqlite } from "../store/database.sqlite.ts";
import { type Database, type DatabaseAddress, describeDatabase } from "../store/database.ts";
import { derivedSecret, keptSecret } from "../store/kept-secret.ts";
import { loadMigrations } from "../store/migrations.fs.ts";

export interface Store {
  database: Database;
  users: Users;
  sessions: SessionStore;
  hasher: TokenHasher;
  /** A key of its own for each purpose, the same on all replicas that share the database or TOKEN_HASH_KEY. */
  keyFor(purpose: string): Secret;
  /**
   * A random key that the database keeps under that name, the same on all replicas that share it, whatever becomes of
   * TOKEN_HASH_KEY. Throws `ConfigError` when the database cannot be used.
   */
  keptKey(name: string): Promise<Secret>;
  close(): Promise<void>;
}

export type StoreSettings = Pick<Settings, "database_url" | "token_hash_key">;

/** Opens it, and creates what is missing. Throws `ConfigError` when the database cannot be used. */
export const openStore = async (settings: StoreSettings, log: Log): Promise<Store> => {
  const address = settings.database_url;
  const unusable = (error: unknown): never => {
    throw new ConfigError([`DATABASE_URL: ${describeDatabase(address)} cannot be used: ${reasonOf(error)}`]);
  };
  const onLost = (error: Error) => warn(log, "database connection lost", error);
  const database = await open(address, onLost).catch(unusable);
  const makeKey = () => randomBytes(32).toString("base64url");
  const keptKey = (name: string) => keptSecret(database, name, makeKey).catch(unusable);
  const allUsers = sqlUsers(database);
  const sessions = bookingOnlyAdmitted(sqlSessionStore(database), async ({ tokenPrefix }) =>
    (await allUsers.admitted([tokenPrefix], systemClock.now())).has(tokenPrefix),
  );
  const key = settings.token_hash_key ?? (await keptKey("token_hash_key"));
  return {
    database,
    users: endingSessions(allUsers, sessions),
    sessions,
    hasher: tokenHasher(key),
    keyFor: (purpose) => derivedSecret(key, purpose),
    keptKey,
    close: () => database.close(),
  };
};

const open = async (address: DatabaseAddress, onLost: (error: Error) => void): Promise<Database> => {
  const migrations = loadMigrations(address.kind);
  if (address.kind === "sqlite") return openSqlite(address.path, migrations);
  // Its client is loaded by those only who need it: it takes memory, and time to start.
  const { openPostgres } = await import("../store/database.postgres.ts");
  return openPostgres(address.url, migrations, onLost);
};

const reasonOf = (error: unknown): string => {
  // A name with several addresses fails with one error for each.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
};

/** The same with its problems as an answer, so that they can be told together with others. */
export const tryToOpenStore = async (
  settings: StoreSettings,
  log: Log,
): Promise<{ store: Store | undefined; problems: readonly string[] }> => {
  try {
    return { store: await openStore(settings, log), problems: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { store: undefined, problems: error.problems };
    throw error;
  }
};

/** Creates the users of broker.yaml or changes them to what their entries say, and logs how many. */
export const applyUsers = async (
  configured: readonly UserConfig[],
  users: Users,
  hasher: TokenHasher,
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> => {
  if (configured.length === 0) return;
  const { created, changed } = await useConfiguredUsers(users, configured, hasher, clock.now());
  const kept = configured.length - created - changed;
  log.write("info", "users of the configuration", { created, changed, kept });
};

export const usersAuthenticator = ({ users, hasher }: Store, clock: Clock, log: Log): Authenticator =>
  userAuthenticator({
    users,
    hasher,
    clock,
    onUntouched: (error) => warn(log, "last use not written", error),
  });

const warn = (log: Log, event: string, error: unknown): void =>
  log.write("warn", event, { cause: describeCause(error) });

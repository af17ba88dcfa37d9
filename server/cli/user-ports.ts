// What the commands of `broker users` work with.
import type { TokenHasher } from "../auth/users/token-hash.ts";
import type { RandomBytes } from "../auth/users/user-token.ts";
import type { Users } from "../auth/users/users.ts";
import type { StoreConfig } from "../config/load-store.ts";
import type { Secret } from "../secret.ts";
import type { Terminal } from "./terminal.ts";

export interface UserPorts {
  users: Users;
  hasher: TokenHasher;
  randomBytes: RandomBytes;
  /** The salt of the identifiers that OpenAI gets of callers. */
  identifierSalt(): Promise<Secret>;
  /** Milliseconds since 1970. */
  now: number;
  /** The database, without its password, for messages. */
  database: string;
  /** Names that broker.yaml has. */
  configured: Omit<StoreConfig, "settings">;
  terminal: Terminal;
}

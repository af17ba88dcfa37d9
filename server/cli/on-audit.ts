// The commands of the audit trail: they open the database, beside the running service.
import { systemClock } from "../clock.ts";
import { commandAudit } from "../compose/command-audit.ts";
import { readStoreConfig } from "../compose/configuration.ts";
import { openStore } from "../compose/store.ts";
import { trustConfigured } from "../compose/trust.ts";
import type { Environment } from "../config/load.ts";
import { describeDatabase } from "../store/database.ts";
import { auditCommand } from "./audit.ts";
import type { Terminal } from "./terminal.ts";

/** Runs `audit …`. Resolves to the exit code. Throws a `CommandError` where it was not understood, or cannot be done. */
export const onAudit = async (
  env: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> => {
  // The words are read first: what is misspelt opens no database.
  const command = auditCommand(words, systemClock.now());
  trustConfigured(env);
  const { settings } = await readStoreConfig(env, { withSalt: false });
  const store = await openStore(settings, { write: () => {} });
  try {
    const database = describeDatabase(settings.database_url);
    const hasOwnKey = settings.token_hash_key !== undefined;
    return await command({ audit: commandAudit(store, undefined), database, hasOwnKey, terminal });
  } finally {
    await store.close();
  }
};

// The commands of voice sessions: they open the database, which all replicas look at.
import { systemClock } from "../clock.ts";
import { commandAudit } from "../compose/command-audit.ts";
import { readStoreConfig } from "../compose/configuration.ts";
import { openStore } from "../compose/store.ts";
import { trustConfigured } from "../compose/trust.ts";
import type { Environment } from "../config/load.ts";
import { checkAudited, endSessions, listSessions, type SessionPorts } from "./sessions.ts";
import { readSessionsCommand } from "./sessions-arguments.ts";
import type { Terminal } from "./terminal.ts";

/** Runs `sessions …`. Resolves to the exit code. Throws a `CommandError` where it was not understood, or cannot be done. */
export const onSessions = async (
  env: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> => {
  // The words are read first: what is misspelt opens no database.
  const command = readSessionsCommand(words);
  trustConfigured(env);
  const { settings } = await readStoreConfig(env, { withSalt: false });
  const store = await openStore(settings, { write: () => {} });
  try {
    const audit = commandAudit(store, env.SUDO_USER);
    const { pause, sessionEnd } = audit;
    const ports: SessionPorts = {
      ...{ store: store.sessions, audit: sessionEnd, now: systemClock.now, pause, terminal },
    };
    if (command.do === "list") await listSessions(command, ports);
    const code = command.do === "end" ? await endSessions(command, ports) : 0;
    checkAudited(audit.failure());
    return code;
  } finally {
    await store.close();
  }
};

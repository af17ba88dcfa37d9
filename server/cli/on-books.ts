// The commands that read the books: they open the database, beside the running service.
import { systemClock, systemTimers } from "../clock.ts";
import { readStoreConfig } from "../compose/configuration.ts";
import { type OpenedOrganization, openOrganization } from "../compose/organization.ts";
import { openReports } from "../compose/reports.ts";
import { openStore } from "../compose/store.ts";
import { authoritiesIn, trustConfigured } from "../compose/trust.ts";
import type { Environment } from "../config/load.ts";
import type { Books } from "../ledger/books.ts";
import type { SessionStore } from "../sessions/store/session-store.ts";
import { readReconcile, reconcileUsage } from "./reconcile.ts";
import type { Terminal } from "./terminal.ts";
import { readUsage, showUsage } from "./usage.ts";
import { readWhy, showWhy } from "./why.ts";
import { isSessionName, showSession } from "./why-session.ts";

/** Runs `usage …` or `why …`. Resolves to the exit code. Throws a `CommandError` where it was not understood, or cannot be done. */
export const onBooks = async (
  env: Environment,
  [subject, ...words]: readonly string[],
  readFile: (path: string) => string | undefined,
  terminal: Terminal,
): Promise<0 | 1> => {
  const isReconcile = subject === "usage" && words[0] === "reconcile";
  const reconcile =
    isReconcile && reconcileOf(words.slice(1), await openOrganization(env, readFile), terminal);
  const run = reconcile || (subject === "why" ? whyOf(words, terminal) : usageOf(words, terminal));
  trustConfigured(env);
  const { settings } = await readStoreConfig(env, { withSalt: false });
  const log = { write: () => {} };
  const store = await openStore(settings, log);
  const ports = { timers: systemTimers, log, trusted: authoritiesIn(settings) };
  const reports = openReports(settings.database_url, store.database, ports);
  try {
    // What prints resolves to whatever its terminal returns.
    return (await run(reports.books, store.sessions)) === 1 ? 1 : 0;
  } finally {
    await reports.close();
    await store.close();
  }
};

// The words are read first: what is misspelt opens no database.
const whyOf = (words: readonly string[], terminal: Terminal) => {
  const { requestId, json } = readWhy(words);
  return (books: Books, sessions: SessionStore): Promise<void> =>
    isSessionName(requestId)
      ? showSession({ name: requestId, json }, { books, sessions, now: systemClock.now(), terminal })
      : showWhy({ requestId, json }, { books, terminal });
};

const reconcileOf = (words: readonly string[], opened: OpenedOrganization, terminal: Terminal) => {
  const command = readReconcile(words, systemClock.now());
  return (books: Books) => reconcileUsage(command, { books, ...opened, terminal });
};

const usageOf = (words: readonly string[], terminal: Terminal) => {
  const command = readUsage(words, systemClock.now());
  return (books: Books) => showUsage(command, { books, terminal });
};

// The commands that read the books: they open the database, beside the running service.
import { systemClock, systemTimers } from "../clock.ts";
import { openReports } from "../compose/reports.ts";
import { openStore } from "../compose/store.ts";
import type { Environment } from "../config/load.ts";
import { loadStoreConfig } from "../config/load-store.ts";
import type { Books } from "../ledger/books.ts";
import type { Terminal } from "./terminal.ts";
import { readUsage, showUsage } from "./usage.ts";
import { readWhy, showWhy } from "./why.ts";

/** Runs `usage …` or `why …`. Throws a `CommandError` where it was not understood, or cannot be done. */
export const onBooks = async (
  env: Environment,
  [subject, ...words]: readonly string[],
  readFile: (path: string) => string | undefined,
  terminal: Terminal,
): Promise<void> => {
  const run = subject === "why" ? whyOf(words, terminal) : usageOf(words, terminal);
  const { settings } = loadStoreConfig(env, readFile, { withSalt: false });
  const log = { write: () => {} };
  const store = await openStore(settings, log);
  const ports = { timers: systemTimers, log };
  const reports = await openReports(settings.database_url, store.database, ports);
  try {
    await run(reports.books);
  } finally {
    await reports.close();
    await store.close();
  }
};

// The words are read first: what is misspelt opens no database.
const whyOf = (words: readonly string[], terminal: Terminal) => {
  const command = readWhy(words);
  return (books: Books) => showWhy(command, { books, terminal });
};

const usageOf = (words: readonly string[], terminal: Terminal) => {
  const command = readUsage(words, systemClock.now());
  return (books: Books) => showUsage(command, { books, terminal });
};

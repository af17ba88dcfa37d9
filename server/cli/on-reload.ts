// `broker reload`: has all replicas read their configuration anew, and shows what each says.
import { systemClock } from "../clock.ts";
import { readStoreConfig } from "../compose/configuration.ts";
import { type ReloadAnswer, reloadRequests, waitForAnswers } from "../compose/reload-requests.ts";
import { openStore } from "../compose/store.ts";
import type { Environment } from "../config/document.ts";
import { describeDatabase } from "../store/database.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { harmless } from "./usage-words.ts";

/** Resolves to the exit code: 1 where a replica refuses, or does not end. Throws a `CommandError` where none answers. */
export const onReload = async (
  env: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> => {
  const json = words.length === 1 && words[0] === "--json";
  if (words.length > 0 && !json) throw new CommandError("reload takes no words (see broker --help)", 2);
  const { settings } = await readStoreConfig(env, { withSalt: false });
  const store = await openStore(settings, { write: () => {} });
  try {
    const answers = await waitForAnswers(reloadRequests(store.database, systemClock), systemClock);
    if (answers.length === 0) {
      throw new CommandError(
        `no replica answers: none that runs has its database at ${describeDatabase(settings.database_url)}; where DATABASE_URL differs, send it SIGHUP`,
      );
    }
    for (const answer of answers) terminal.print(json ? jsonOf(answer) : linesOf(answer));
    return answers.every(({ outcome }) => outcome?.kind === "applied") ? 0 : 1;
  } finally {
    await store.close();
  }
};

const jsonOf = ({ name, outcome }: ReloadAnswer): string =>
  JSON.stringify({ replica: name, ...(outcome ?? { kind: "unfinished" }) });

const linesOf = (answer: ReloadAnswer): string => textOf(answer).split("\n").map(harmless).join("\n");

const textOf = ({ name, outcome }: ReloadAnswer): string => {
  switch (outcome?.kind) {
    case undefined:
      return `${name}: has not ended; its log says what becomes of it`;
    case "refused":
      return [
        `${name}: refused, and what was in force stays`,
        ...outcome.problems.map((each) => `  - ${each}`),
      ].join("\n");
    case "applied": {
      const { changed, needsRestart, warnings } = outcome;
      const nothing = changed.length + needsRestart.length === 0;
      return [
        `${name}: ${nothing ? "nothing has changed" : `changed ${changed.join(", ") || "nothing yet"}`}`,
        ...(needsRestart.length > 0 ? [`  needs a restart: ${needsRestart.join(", ")}`] : []),
        ...warnings.map((warning) => `  warning: ${warning}`),
      ].join("\n");
    }
  }
};

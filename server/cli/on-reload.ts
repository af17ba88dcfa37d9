// `broker reload`: has all replicas read their configuration anew, and shows what each says.
import { pause } from "../audit/machine.os.ts";
import { systemClock } from "../clock.ts";
import { type ReloadAnswer, reloadRequests } from "../compose/reload-requests.ts";
import { openStore } from "../compose/store.ts";
import type { Environment } from "../config/load.ts";
import { loadStoreConfig } from "../config/load-store.ts";
import { describeDatabase } from "../store/database.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { harmless } from "./usage-words.ts";

/** Replicas look for requests each second. One that has not begun by then is not there, or does not get to it. */
const BEGIN_MS = 3000;
/** Longer than reading may take, and connecting to what is new. */
const END_MS = 90_000;
const LOOK_MS = 200;

/** Resolves to the exit code: 1 where a replica refuses, or does not end. Throws a `CommandError` where none answers. */
export const onReload = async (
  env: Environment,
  words: readonly string[],
  readFile: (path: string) => string | undefined,
  terminal: Terminal,
): Promise<0 | 1> => {
  const json = words.length === 1 && words[0] === "--json";
  if (words.length > 0 && !json) throw new CommandError("reload takes no words (see broker --help)", 2);
  const { settings } = loadStoreConfig(env, readFile, { withSalt: false });
  const store = await openStore(settings, { write: () => {} });
  try {
    const requests = reloadRequests(store.database, systemClock);
    const answers = await answersOf(await requests.ask(), requests);
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

const answersOf = async (
  request: number,
  requests: Pick<ReturnType<typeof reloadRequests>, "answers">,
): Promise<readonly ReloadAnswer[]> => {
  const begunAt = systemClock.monotonic();
  for (;;) {
    const answers = await requests.answers(request);
    const ms = systemClock.monotonic() - begunAt;
    const haveEnded = answers.every(({ outcome }) => outcome !== undefined);
    if (ms > END_MS || (ms > BEGIN_MS && haveEnded)) return answers;
    await pause(LOOK_MS);
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

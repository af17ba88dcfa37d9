// Requests to read the configuration anew, in the database: it is what a command and all replicas have in common.
import { z } from "zod";
import { pause } from "../audit/machine.os.ts";
import type { Clock } from "../clock.ts";
import { parseInput } from "../json/parse-input.ts";
import type { Database } from "../store/database.ts";
import type { ReloadOutcome } from "./reloads.ts";

export interface ReloadAnswer {
  /** The replica's machine and process. */
  name: string;
  /** Undefined while it is reading. */
  outcome: ReloadOutcome | undefined;
}

export interface ReloadRequests {
  /** Asks all replicas. Answers the request's number. */
  ask(): Promise<number>;
  answers(request: number): Promise<readonly ReloadAnswer[]>;
  /** The number of the newest request; 0 where there was none. */
  newest(): Promise<number>;
  /** Says that this replica reads its configuration because of these requests. */
  begin(requests: readonly number[], replica: Replica): Promise<void>;
  end(requests: readonly number[], replica: Replica, outcome: ReloadOutcome): Promise<void>;
}

export interface Replica {
  /** Tells replicas of one process apart. */
  id: string;
  name: string;
}

const KEPT_MS = 7 * 86_400_000;

const names = z.array(z.string());
const outcomeSchema = z.union([
  z.object({ kind: z.literal("applied"), changed: names, needsRestart: names, warnings: names }),
  z.object({ kind: z.literal("refused"), problems: names }),
]);

const MOST_ATTEMPTS = 10;

/** Undefined where another request took the number at the same moment: Postgres lets both look for the last one. */
const askOnce = (database: Database, now: number): Promise<number | undefined> =>
  database.transaction(async ({ all, run }) => {
    const old = [now - KEPT_MS];
    await run(
      "delete from reload_answers where request in (select number from reload_requests where at < $1)",
      old,
    );
    // The newest stays, so that numbers only grow.
    await run(
      "delete from reload_requests where at < $1 and number < (select max(number) from reload_requests)",
      old,
    );
    const [last] = await all("select coalesce(max(number), 0) as number from reload_requests");
    const number = Number(last?.number) + 1;
    const sql = "insert into reload_requests (number, at) values ($1, $2) on conflict (number) do nothing";
    return (await run(sql, [number, now])) === 1 ? number : undefined;
  });

export const reloadRequests = (database: Database, clock: Pick<Clock, "now">): ReloadRequests => ({
  ask: async () => {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      const number = await askOnce(database, clock.now());
      if (number !== undefined) return number;
    }
    throw new Error("too many ask for a reload at the same time; ask again");
  },
  answers: async (request) => {
    const rows = await database.all(
      "select name, outcome from reload_answers where request = $1 order by name, replica",
      [request],
    );
    return rows.map(({ name, outcome }) => ({ name: String(name), outcome: outcomeOf(outcome) }));
  },
  newest: async () => {
    const [last] = await database.all("select coalesce(max(number), 0) as number from reload_requests");
    return Number(last?.number);
  },
  begin: async (requests, { id, name }) => {
    for (const request of requests) {
      await database.run(
        "insert into reload_answers (request, replica, name) values ($1, $2, $3) on conflict (request, replica) do nothing",
        [request, id, name],
      );
    }
  },
  end: async (requests, { id }, outcome) => {
    const text = JSON.stringify(outcome);
    for (const request of requests) {
      await database.run("update reload_answers set outcome = $1 where request = $2 and replica = $3", [
        text,
        request,
        id,
      ]);
    }
  },
});

// A replica of another version may write another.
const outcomeOf = (text: unknown): ReloadOutcome | undefined => {
  if (typeof text !== "string") return undefined;
  const parsed = parseInput(outcomeSchema, JSON.parse(text));
  return parsed.success
    ? parsed.data
    : { kind: "refused", problems: ["its answer is of another version; look at its log"] };
};

/** Replicas look for requests each second. One that has not begun by then is not there, or does not get to it. */
const BEGIN_MS = 3000;
/** Longer than reading may take, and connecting to what is new. */
const END_MS = 150_000;
const LOOK_MS = 200;

/** Asks all replicas, and waits for their answers; for each that has begun until it has ended. */
export const waitForAnswers = async (
  requests: Pick<ReloadRequests, "answers" | "ask">,
  clock: Pick<Clock, "monotonic">,
): Promise<readonly ReloadAnswer[]> => {
  const request = await requests.ask();
  const begunAt = clock.monotonic();
  for (;;) {
    const answers = await requests.answers(request);
    const ms = clock.monotonic() - begunAt;
    const haveEnded = answers.every(({ outcome }) => outcome !== undefined);
    if (ms > END_MS || (ms > BEGIN_MS && haveEnded)) return answers;
    await pause(LOOK_MS);
  }
};

// Responses that run in the background, in the database: once for all replicas that share it.
import type { Clock } from "../clock.ts";
import type { Database } from "../store/database.ts";
import type { BackgroundResponses } from "./background-responses.ts";
import { DAY_MS } from "./calendar.ts";

/** OpenAI itself keeps responses for thirty days. */
const KEPT_MS = 90 * DAY_MS;

export const sqlBackgroundResponses = (
  database: Database,
  clock: Pick<Clock, "now">,
): BackgroundResponses => {
  const forgetOld = (now: number) =>
    database.run("delete from usage_responses where at < $1", [now - KEPT_MS]);
  return {
    begin: async (id, { tokens, costNanoUsd }) => {
      const now = clock.now();
      await forgetOld(now);
      await database.run(beginning, [id, now, Math.round(tokens), Math.round(costNanoUsd)]);
    },
    claim: async (id) => {
      const now = clock.now();
      const [row] = await database.all(claiming, [id, now]);
      if (row) await forgetOld(now);
      return row && { tokens: Number(row.held_tokens), costNanoUsd: Number(row.held_nano_usd) };
    },
  };
};

const beginning = `insert into usage_responses (response_id, at, booked, held_tokens, held_nano_usd)
  values ($1, $2, 0, $3, $4) on conflict (response_id) do nothing`;

const claiming = `insert into usage_responses (response_id, at, booked, held_tokens, held_nano_usd) values ($1, $2, 1, 0, 0)
  on conflict (response_id) do update set booked = 1 where usage_responses.booked = 0
  returning held_tokens, held_nano_usd`;

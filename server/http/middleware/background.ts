// A response that runs in the background tells its usage whenever it is fetched: it is booked with the first answer that tells it.
import type { BackgroundResponses } from "../../ledger/background-responses.ts";
import type { Relayed } from "../../relay/relay.ts";
import type { RequestFacts } from "../facts.ts";

export interface BackgroundServices {
  backgroundResponses: BackgroundResponses;
}

/** The same answer, whose usage is counted only where that is the first to tell it. Never rejects. */
export const bookOnce = async (
  facts: RequestFacts,
  { backgroundResponses }: BackgroundServices,
  done: Relayed,
  id: string,
): Promise<Relayed> => {
  if (done.usage === undefined) {
    if (facts.method === "POST" && facts.reserved) {
      const { tokens = 0, cost_usd: costNanoUsd = 0 } = facts.reserved;
      // Without it, budgets count what they hold and what it used.
      await backgroundResponses.begin(id, { tokens, costNanoUsd }).catch(() => {});
    }
    return done;
  }
  if (!done.countsUsage) return done;
  try {
    facts.heldBefore = await backgroundResponses.claim(id);
    return { ...done, countsUsage: facts.heldBefore !== undefined };
  } catch {
    // It may be fetched again, when the database is back; a stream is told once.
    return { ...done, countsUsage: facts.method !== "GET" };
  }
};

// Keeps contents in the journal, which takes them with the records: bounded for each day, and never in a record's place.
import type { Clock } from "../clock.ts";
import { DAY_MS } from "./calendar.ts";
import type { ContentKind } from "./content.ts";
import type { Excerpt } from "./excerpt.ts";
import type { Ledger } from "./ledger.ts";

/** Why a content was not kept: those of this day have reached their bound, or the journal needs its room for records. */
export type ContentLoss = "day-full" | "journal-full";

export interface Contents {
  /** Never waits and never throws. Does nothing where the excerpt is empty. */
  keep(requestId: string, kind: ContentKind, excerpt: Excerpt): void;
}

interface ContentPorts {
  ledger: Pick<Ledger, "keepContent">;
  clock: Pick<Clock, "now">;
  /** Most bytes of a day, in UTC, since this process has begun. */
  bytesPerDay: number;
  onLost(reason: ContentLoss): void;
}

export const createContents = ({ ledger, clock, bytesPerDay, onLost }: ContentPorts): Contents => {
  let day = 0;
  let bytesOfDay = 0;
  return {
    keep: (requestId, kind, excerpt) => {
      const at = clock.now();
      const today = Math.floor(at / DAY_MS);
      if (today !== day) bytesOfDay = 0;
      day = today;
      if (bytesOfDay >= bytesPerDay) return onLost("day-full");
      const { text, isCut } = excerpt.read();
      if (text === "") return;
      bytesOfDay += Buffer.byteLength(text);
      if (!ledger.keepContent({ requestId, at, kind, text, isCut })) onLost("journal-full");
    },
  };
};

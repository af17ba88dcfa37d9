// The journal's folder, in which the books wait for the database.
import { about } from "./about.ts";
import { type DiskFacts, findLittleRoom, sizeOf } from "./disk.ts";
import type { Check } from "./finding.ts";

export interface JournalPorts {
  /** As `USAGE_JOURNAL` names it. */
  folder: string;
  /** `USAGE_JOURNAL_BYTES`. */
  maxBytes: number;
  lookAtDisk(): Promise<DiskFacts>;
}

export const journalCheck = ({ folder, maxBytes, lookAtDisk }: JournalPorts): Check => ({
  ...{ id: "journal", title: "Journal", group: "Data" },
  run: async () => {
    const on = about(folder);
    const disk = await lookAtDisk();
    if (!disk.isWritable) {
      return [
        on.fault(
          "journal.folder",
          "cannot be written",
          "The service does not start without: records wait there for the database, and survive a crash.",
          "Mount a volume there, or give the folder to the service's user; or set USAGE_JOURNAL to another place.",
        ),
      ];
    }
    const found = findLittleRoom(on, "journal", disk, maxBytes);
    if (disk.isOnNetwork) {
      found.push(
        on.warning(
          "journal.network-disk",
          "is on a network file system",
          "When the network fails the books wait in memory, and a crash loses them.",
          "Set USAGE_JOURNAL to a folder on a local disk.",
        ),
      );
    }
    const { freeBytes } = disk;
    return found.length > 0
      ? found
      : [on.ok("journal", `can be written; ${sizeOf(freeBytes)} left on its disk`, { freeBytes })];
  },
});

// The database in a file: whether it can be opened and written, is this program's, and has room.
import { redact } from "../observe/redact.ts";
import { type About, about } from "./about.ts";
import { type DiskFacts, findLittleRoom, MIB, sizeOf } from "./disk.ts";
import type { Check, Finding } from "./finding.ts";
import { findSchemaFaults } from "./schema-version.ts";

export interface SqliteFacts {
  /** The tables' version; 0 where there are none. */
  version: number;
  journalMode: string;
  /** What SQLite found wrong in a file that is small enough to be read whole. */
  damage: string | undefined;
  bytes: number;
  /** The write-ahead log beside it. */
  walBytes: number;
}

export interface SqlitePorts {
  /** `:memory:` where it is in no file. */
  path: string;
  /** Throws SQLite's own error. Undefined where there is no such file. */
  probe(): SqliteFacts | undefined;
  lookAtDisk(): Promise<DiskFacts>;
  /** The version of this program's tables. */
  newest: number;
}

/** It is emptied into the file at a thousand pages, unless a reader holds it. */
const LARGE_WAL_BYTES = 512 * MIB;

export const sqliteCheck = (ports: SqlitePorts): Check => ({
  ...{ id: "database", title: "Database", group: "Data" },
  run: async () => {
    const on = about(`sqlite:${ports.path}`);
    if (ports.path === ":memory:") return [inMemory(on)];
    const disk = await ports.lookAtDisk();
    if (!disk.isWritable) return [unwritable(on)];
    let facts: SqliteFacts | undefined;
    try {
      facts = ports.probe();
    } catch (error) {
      return [unopened(on, error)];
    }
    const room = findLittleRoom(on, "database", disk);
    if (!facts) {
      const note = on.note(
        "database",
        "is not there yet; the first start makes it",
        undefined,
        figuresOf(disk),
      );
      return [note, ...room];
    }
    const found = [...faultsOf(on, facts, disk, ports.newest), ...room];
    if (found.some(({ level }) => level !== "note")) return found;
    const title = `can be written; ${sizeOf(facts.bytes)}, and ${sizeOf(disk.freeBytes)} left on its disk`;
    return [on.ok("database", title, { ...figuresOf(disk), bytes: facts.bytes }), ...found];
  },
});

const figuresOf = ({ freeBytes }: DiskFacts) => ({ freeBytes });

const inMemory = (on: About): Finding =>
  on.warning(
    "database.memory",
    "is in memory only",
    "Users, books, budgets and the audit trail are gone with each restart.",
    "Set DATABASE_URL to sqlite:FILE, or to postgres://… for several replicas.",
  );

const unwritable = (on: About): Finding =>
  on.fault(
    "database.folder",
    "its folder cannot be written",
    "SQLite needs the folder too: it makes files beside the database. The file system may be read-only, or the folder another user's.",
    "Mount a volume there, or give the folder to the service's user; or set DATABASE_URL to another place.",
  );

/** By the lower byte of SQLite's code. */
const unopened = (on: About, error: unknown): Finding => {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) % 256 : 0;
  switch (code) {
    case 5:
    case 6:
      return on.fault(
        "database.locked",
        "is locked by another process",
        "It was not let go of within two seconds. The service itself holds it for milliseconds only.",
        "Look for a backup or another program that has it open (lsof).",
      );
    case 8:
      return on.fault(
        "database.read-only",
        "cannot be written",
        "The file is another user's or read-only.",
        "Give it and the files beside it (-wal, -shm) to the service's user.",
      );
    case 11:
    case 26:
      return on.fault(
        "database.damaged",
        "is no SQLite database, or is damaged",
        "What the file holds cannot be read.",
        "Look whether DATABASE_URL names the right file; otherwise restore the backup.",
      );
    default:
      return on.fault(
        "database.unreadable",
        "cannot be opened",
        `SQLite says: ${redact(error instanceof Error ? error.message : String(error), 200)}`,
        "Look at the file's owner and mode, and whether DATABASE_URL names the right one.",
      );
  }
};

const faultsOf = (on: About, facts: SqliteFacts, disk: DiskFacts, newest: number): Finding[] => {
  const found = findSchemaFaults(on, facts.version, newest);
  if (facts.damage !== undefined) {
    found.push(
      on.fault(
        "database.damaged",
        "is damaged",
        `SQLite found: ${redact(facts.damage, 200)}`,
        "Stop the service, keep a copy of the file, and restore the backup.",
      ),
    );
  }
  if (disk.isOnNetwork) {
    found.push(
      on.warning(
        "database.network-disk",
        "is on a network file system",
        "SQLite's locks are not reliable there, and a database can be damaged.",
        "Move it to a local disk, or use Postgres.",
      ),
    );
  }
  if (facts.walBytes > LARGE_WAL_BYTES) {
    found.push(
      on.warning(
        "database.wal",
        `has a write-ahead log of ${sizeOf(facts.walBytes)}`,
        "A reader that never ends keeps it from being emptied; queries become slow.",
        "Look for a program that has the database open (lsof), and restart it.",
        { walBytes: facts.walBytes },
      ),
    );
  }
  if (facts.version > 0 && facts.journalMode !== "wal") {
    found.push(
      on.note("database.journal-mode", `its journal mode is ${facts.journalMode}; the next start sets wal`),
    );
  }
  return found;
};

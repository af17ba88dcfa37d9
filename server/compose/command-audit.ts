// Composes the audit trail for the command line, which writes to a chain that all commands share.
import { auditedUsers } from "../audit/audited-users.ts";
import { link, type Sealer, sealerOf } from "../audit/chain.ts";
import { type AuditEntry, boundedEntry } from "../audit/entry.ts";
import { accountName, pause } from "../audit/machine.os.ts";
import { sqlAuditStore } from "../audit/store.sql.ts";
import { type AuditStore, COMMAND_LINE } from "../audit/store.ts";
import type { Users } from "../auth/users/users.ts";
import { systemClock } from "../clock.ts";
import type { Store } from "./store.ts";

export interface CommandAudit {
  store: AuditStore;
  sealer: Sealer;
  /** Users whose changes are written down as those of the account that runs the command. */
  users: Users;
  /** The account that runs the command asks for the rotation of a key. */
  keyRotation(key: string): Promise<void>;
  /** The account that runs the command asks that sessions end. `target`: those of whom, such as `user:bob`. */
  sessionEnd(target: string, details: AuditEntry["details"]): Promise<void>;
  /** Why an entry could not be written; undefined where all were. */
  failure(): Error | undefined;
  /** Keeps the process running meanwhile. */
  pause(ms: number): Promise<void>;
}

/** `sudoUser`: for whom the account acts, as sudo says. */
export const commandAudit = (opened: Store, sudoUser: string | undefined): CommandAudit => {
  const store = sqlAuditStore(opened.database);
  const sealer = sealerOf(opened.keyFor("audit"));
  let failure: Error | undefined;
  const write = async (entry: AuditEntry): Promise<void> => {
    const bounded = boundedEntry({ ...entry, details: { ...entry.details, sudo_user: sudoUser } });
    try {
      await store.appendShared(COMMAND_LINE, (before) => link(bounded, COMMAND_LINE, before, sealer));
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
  };
  const actor = `cli:${accountName()}`;
  const users = auditedUsers(opened.users, actor, write, systemClock.now);
  const keyRotation = (key: string): Promise<void> =>
    write({
      ...{ at: systemClock.now(), action: "upstream-key-rotation", actor },
      ...{ target: `upstream_key:${key}`, details: { requested: true } },
    });
  const sessionEnd = (target: string, details: AuditEntry["details"]): Promise<void> =>
    write({ at: systemClock.now(), action: "session-end-requested", actor, target, details });
  return { store, sealer, users, keyRotation, sessionEnd, failure: () => failure, pause };
};

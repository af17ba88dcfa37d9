// Users as before, with an entry in the audit trail for each change that was made.
import { type NewUser, type Users, writtenLimits } from "../auth/users/users.ts";
import type { AuditAction, AuditEntry } from "./entry.ts";

/** Waits for `write`, which must not reject: what is done stays done. `actor`: who changes them. */
export const auditedUsers = (
  users: Users,
  actor: string,
  write: (entry: AuditEntry) => void | Promise<void>,
  now: () => number,
): Users => {
  const wrote = (action: AuditAction, name: string, details: AuditEntry["details"] = {}) =>
    write({ at: now(), action, actor, target: `user:${name}`, details });
  const whenDone = async (work: Promise<boolean>, ...entry: Parameters<typeof wrote>): Promise<boolean> => {
    const isDone = await work;
    if (isDone) await wrote(...entry);
    return isDone;
  };
  return {
    ...users,
    add: (user, token, at) => {
      const details = { ...decided(user), token_prefix: token?.prefix };
      return whenDone(users.add(user, token, at), "user-added", user.name, details);
    },
    rotate: (name, token, at, othersEndAt) => {
      const details = { token_prefix: token.prefix, others_end_at: new Date(othersEndAt).toISOString() };
      return whenDone(users.rotate(name, token, at, othersEndAt), "token-rotated", name, details);
    },
    disable: (name, at) => whenDone(users.disable(name, at), "user-disabled", name),
    enable: (name) => whenDone(users.enable(name), "user-enabled", name),
    remove: (name) => whenDone(users.remove(name), "user-removed", name),
    change: async (name, edit) => {
      const changed = await users.change(name, edit);
      if (changed?.isChanged) await wrote("user-changed", name, decided(changed.user));
      return changed;
    },
  };
};

// Each field that there is, so that one that is new is not left out.
const decided = ({ name: _, limits, ...rest }: NewUser) => ({ ...rest, limits: writtenLimits(limits) });

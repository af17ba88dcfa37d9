// Users who are disabled or removed have no voice session any more, no ticket for another, and none that began in the same moment.
import type { Caller } from "../../auth/caller.ts";
import type { Users } from "../../auth/users/users.ts";
import type { SessionStore } from "./session-store.ts";

/** Users as before, with the sessions and tickets of those who are disabled or removed ended. */
export const endingSessions = (
  users: Users,
  sessions: Pick<SessionStore, "deleteTickets" | "requestEnd">,
): Users => {
  const endSessions = async (name: string): Promise<void> => {
    await sessions.deleteTickets(name);
    await sessions.requestEnd({ user: name }, "user-disabled");
  };
  return {
    ...users,
    disable: async (name, now) => {
      const isFound = await users.disable(name, now);
      if (isFound) await endSessions(name);
      return isFound;
    },
    remove: async (name) => {
      const isFound = await users.remove(name);
      if (isFound) await endSessions(name);
      return isFound;
    },
  };
};

/** Whether a user of the service's own, of whom the store has the token, may still call. */
export type IsAdmitted = (caller: Extract<Caller, { kind: "user" }>) => Promise<boolean>;

/**
 * The store as before. Who was admitted when a session was asked for may have been disabled before it was booked, and then it was not
 * among those that were ended: so it is looked at again, and ends as soon as its owner has it.
 */
export const bookingOnlyAdmitted = (store: SessionStore, isAdmitted: IsAdmitted): SessionStore => ({
  ...store,
  book: async (session, ...others) => {
    const booking = await store.book(session, ...others);
    const { caller, id } = session;
    if (booking.booked && caller.kind === "user" && !(await isAdmitted(caller))) {
      await store.requestEnd({ ids: [id] }, "user-disabled");
    }
    return booking;
  },
});

// Users as before; who is disabled or removed has no voice session any more, and no ticket for another.
import type { Users } from "../auth/users/users.ts";
import type { SessionStore } from "./session-store.ts";

export const endingSessions = (
  users: Users,
  sessions: Pick<SessionStore, "deleteTickets" | "requestEnd">,
): Users => {
  // A ticket that is used meanwhile is refused, since its user is disabled already; what it has booked before ends with the others.
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

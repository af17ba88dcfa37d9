// Supervised sessions as the database has them: to see and to end them, on any replica and beside the service.
import type { SessionStore } from "./session-store.ts";
import type { Sessions } from "./sessions.ts";
import { stored } from "./start.ts";
import { hashGrant } from "./tickets.ts";

export const storedSessions = (
  store: Pick<SessionStore, "find" | "findByGrant" | "list" | "requestEnd">,
): Pick<Sessions, "end" | "find" | "findByGrant" | "list"> => ({
  find: (id) => stored(store.find(id)),
  findByGrant: async (grant) => {
    const hash = hashGrant(grant);
    return hash === undefined ? undefined : stored(store.findByGrant(hash));
  },
  list: (filter) => stored(store.list(filter)),
  end: (filter, reason) => stored(store.requestEnd(filter, reason)),
});

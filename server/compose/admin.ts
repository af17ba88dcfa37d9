// What the operator's page works with.
import type { Services } from "../app.ts";
import { manageUsers } from "../auth/users/manage-users.ts";
import type { Config } from "../config/load.ts";
import type { Resources } from "./resources.ts";

type AdminServices = Pick<
  Services,
  | "books"
  | "keyHealth"
  | "liveRecords"
  | "hasOperators"
  | "operatorSignIn"
  | "profileNames"
  | "readOverview"
  | "sessions"
  | "stateWatch"
  | "timers"
  | "userManagement"
  | "writeUsage"
>;

/** What broker.yaml says of it, over what is open already. */
export const adminServices = (
  { operators, profiles }: Pick<Config, "operators" | "profiles">,
  { store, random, clock, timers, upstream, reports, liveRecords, sessions }: Resources,
): AdminServices => ({
  ...{ liveRecords, timers, sessions: sessions.sessions, stateWatch: sessions.stateWatch },
  books: reports.books,
  readOverview: reports.readOverview,
  writeUsage: reports.writeUsage,
  hasOperators: operators.allow.length > 0,
  operatorSignIn: operators.sign_in,
  userManagement: manageUsers({ ...store, randomBytes: random.bytes, clock }),
  profileNames: Object.keys(profiles),
  keyHealth: upstream.keyHealth,
});

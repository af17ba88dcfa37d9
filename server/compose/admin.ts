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
  | "timers"
  | "userManagement"
>;

/** What broker.yaml says of it, over what is open already. */
export const adminServices = (
  { operators, profiles }: Pick<Config, "operators" | "profiles">,
  { store, random, clock, timers, upstream, books, liveRecords }: Resources,
): AdminServices => ({
  ...{ books, liveRecords, timers },
  hasOperators: operators.allow.length > 0,
  operatorSignIn: operators.sign_in,
  userManagement: manageUsers({ ...store, randomBytes: random.bytes, clock }),
  profileNames: Object.keys(profiles),
  keyHealth: upstream.keyHealth,
});

// Changes of a user, by command or by broker.yaml.
import type { OwnLimits } from "../caller.ts";
import type { NewUser, UserConfig } from "./users.ts";

/** What of a user can be cleared: everything of a kind, or one own limit. */
export const clearable = [
  ...(["role", "profile", "team", "limit"] as const),
  ...(["mints", "tool_calls", "relays", "usage_reports"] as const),
] as const;

/** What is left out stays as it is. */
export interface UserChange {
  /** Cleared before anything is set. */
  clear: readonly (typeof clearable)[number][];
  /** In place of all roles. */
  roles?: readonly string[] | undefined;
  /** In place of all profiles. */
  profiles?: readonly string[] | undefined;
  team?: string | undefined;
  /** Each in place of the own limit of its kind. */
  limits?: OwnLimits | undefined;
}

type Decided = Omit<NewUser, "name">;

/** The user after the change. */
export const changeUser =
  ({ clear, roles, profiles, team, limits }: UserChange) =>
  (user: Decided): Decided => {
    const kept = clear.includes("limit") ? {} : omit(user.limits, clear);
    return {
      roles: roles ?? (clear.includes("role") ? [] : user.roles),
      profiles: profiles ?? (clear.includes("profile") ? undefined : user.profiles),
      team: team ?? (clear.includes("team") ? undefined : user.team),
      limits: { ...kept, ...limits },
    };
  };

const omit = (limits: OwnLimits, kinds: readonly string[]): OwnLimits =>
  Object.fromEntries(Object.entries(limits).filter(([kind]) => !kinds.includes(kind)));

/** The user with what an entry of broker.yaml says; what the entry leaves out stays. */
export const applyEntry =
  ({ roles, profiles, team, limits }: Pick<UserConfig, "limits" | "profiles" | "roles" | "team">) =>
  (user: Decided): Decided => ({
    roles: roles ?? user.roles,
    profiles: profiles ?? user.profiles,
    team: team ?? user.team,
    limits: limits ?? user.limits,
  });

// The users in our database: what is known of one, and the port to where they are kept.
import { z } from "zod";
import { formatRates, ownLimitsSchema } from "../../rates.ts";
import { secretText } from "../../secret-schema.ts";
import type { Caller, OwnLimits } from "../caller.ts";
import { rolesSchema } from "../roles.ts";
import { teamSchema } from "../team.ts";
import type { TokenHash } from "./token-hash.ts";
import { parseUserToken } from "./user-token.ts";

export const userNameSchema = z
  .string()
  .regex(/^\w[\w.@-]{0,63}$/, "must be 1 to 64 letters, digits or . @ _ - and begin with a letter or digit");

/** One entry of `users`. */
export const userSchema = z.strictObject({
  name: userNameSchema.describe("Who this is, in logs and in `allow: [user:NAME]`."),
  roles: rolesSchema.optional().describe("The user's roles, for `allow: [role:NAME]` and limits."),
  profiles: z
    .array(z.string())
    .optional()
    .describe("The only profiles the user may use; without it, each profile's `allow` decides."),
  team: teamSchema.optional().describe("The user's team, for reports and budgets."),
  limits: ownLimitsSchema.optional().describe("The user's own limits."),
  token: secretText(
    z
      .string()
      .refine(
        (text) => parseUserToken(text) !== undefined,
        "must be a token of this service, which begins with rkb_: `npx broker users token` prints one; without it, `npx broker users rotate NAME` makes the first",
      ),
    { sample: `rkb_${"0".repeat(12)}_${"0".repeat(43)}` },
  )
    .optional()
    .describe("The first token, from the environment. Without it, `npx broker users rotate NAME` makes one."),
});

export type UserConfig = z.output<typeof userSchema>;

/** What an operator decides about a user. */
export interface NewUser {
  name: string;
  roles: readonly string[];
  profiles: readonly string[] | undefined;
  team?: string | undefined;
  limits: OwnLimits;
}

/** Times are milliseconds since 1970. */
export interface User extends NewUser {
  createdAt: number;
  /** To the minute. */
  lastUsedAt: number | undefined;
  disabledAt: number | undefined;
}

export interface StoredToken extends TokenHash {
  prefix: string;
  expiresAt: number | undefined;
}

export type NewToken = Omit<StoredToken, "expiresAt">;

export type ListedUser = User & { tokens: readonly StoredToken[] };

/** Where users are kept. Every method rejects when the store does not answer. */
export interface Users {
  /** The token with that prefix, expired or not, and its user. */
  find(prefix: string): Promise<{ user: User; token: StoredToken } | undefined>;
  /** Of the tokens with those prefixes, the ones that let their user in: not ended, and the user not disabled. */
  admitted(prefixes: readonly string[], now: number): Promise<ReadonlySet<string>>;
  list(): Promise<ListedUser[]>;
  count(): Promise<number>;
  /** False when the name is taken; then nothing is changed. */
  add(user: NewUser, token: NewToken | undefined, now: number): Promise<boolean>;
  /** Adds a token, and ends the others at `othersEndAt`. False when there is no such user. */
  rotate(name: string, token: NewToken, now: number, othersEndAt: number): Promise<boolean>;
  /** False when there is no such user. Disabled twice, the first time stays. */
  disable(name: string, now: number): Promise<boolean>;
  enable(name: string): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  /**
   * Replaces the user by what `edit` makes of it; no other change comes between. Undefined when there is no such user.
   */
  change(
    name: string,
    edit: (user: NewUser) => Omit<NewUser, "name">,
  ): Promise<{ user: NewUser; isChanged: boolean } | undefined>;
  /** The roles that users have, each once. */
  roles(): Promise<string[]>;
  touch(name: string, now: number): Promise<void>;
}

/** The user as a caller, authenticated by that token. */
export const callerOf = (
  { name, roles, profiles, team, limits }: NewUser,
  { prefix, expiresAt }: Pick<StoredToken, "expiresAt" | "prefix">,
): Caller => ({
  kind: "user",
  id: `user:${name}`,
  name,
  roles,
  profiles,
  team,
  limits,
  tokenPrefix: prefix,
  endsAt: expiresAt,
});

/** The same, where neither the user nor the token has been ended. `now` is in milliseconds since 1970. */
export const admittedCaller = (
  found: { user: User; token: StoredToken } | undefined,
  now: number,
): Caller | undefined => {
  if (!found || found.user.disabledAt !== undefined) return undefined;
  return (found.token.expiresAt ?? Number.POSITIVE_INFINITY) > now
    ? callerOf(found.user, found.token)
    : undefined;
};

/** Limits as an operator writes them; the inverse of `ownLimitsSchema`. */
export const writtenLimits = (limits: OwnLimits): Record<string, string> => {
  const said = Object.entries(limits).filter(([, rates]) => rates !== undefined);
  return Object.fromEntries(
    said.map(([kind, rates]) => [kind, rates.length === 0 ? "none" : formatRates(rates)]),
  );
};

// Users as the operator's page gets them.
import type { z } from "zod";
import { type ListedUser, writtenLimits } from "../auth/users/users.ts";
import type { adminUserSchema } from "./openapi/admin-schemas.ts";

/** Ended tokens are left out. `now` is in milliseconds since 1970. */
export const userOf = (user: ListedUser, now: number): z.output<typeof adminUserSchema> => {
  const tokens = user.tokens.filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > now);
  const state =
    user.disabledAt !== undefined ? "disabled" : tokens.length === 0 ? "without a token" : "active";
  return {
    name: user.name,
    state,
    team: user.team ?? null,
    roles: [...user.roles],
    profiles: user.profiles ? [...user.profiles] : null,
    limits: writtenLimits(user.limits),
    created_at: user.createdAt,
    last_used_at: user.lastUsedAt ?? null,
    tokens: tokens.map(({ prefix, expiresAt = null }) => ({ prefix, expires_at: expiresAt })),
  };
};

// Authenticates by the fixed tokens of broker.yaml.
import { hash } from "node:crypto";
import { z } from "zod";
import { nameSchema } from "../../names.ts";
import { secretText } from "../../secret-schema.ts";
import type { Authenticator } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { rolesSchema } from "../roles.ts";
import { teamSchema } from "../team.ts";

/** One entry of `callers.tokens`. */
export const tokenSchema = z.strictObject({
  name: nameSchema.describe("Who this is, in logs and in `allow: [token:NAME]`."),
  token: secretText(
    z
      .string()
      .min(16, "must have at least 16 characters")
      .regex(/^[\w.~+/=-]+$/, "may have letters, digits and - . _ ~ + / = only, to travel in a header"),
  ).describe("The token itself, at least 16 characters. Keep it out of the file, in the environment."),
  roles: rolesSchema.default([]).describe("The caller's roles, for `allow: [role:NAME]` and limits."),
  team: teamSchema.optional().describe("The caller's team, for reports and budgets."),
});

export type TokenConfig = z.output<typeof tokenSchema>;

/**
 * Recognises the configured tokens. They are found by their SHA-256 digest: the time of a look-up tells something of digests
 * only, and a caller can neither choose the digest of a guess nor get from a digest back to the token. Where two entries
 * have the same token, the first counts.
 */
export const tokenAuthenticator = (tokens: readonly TokenConfig[]): Authenticator => {
  const callers = new Map<string, Caller>();
  for (const { name, roles, team, token } of tokens.toReversed()) {
    callers.set(digest(token.reveal()), { kind: "token", id: `token:${name}`, name, roles, team });
  }
  return ({ bearer }) =>
    bearer === undefined || callers.size === 0 ? undefined : callers.get(digest(bearer));
};

const digest = (token: string): string => hash("sha256", token, "base64");

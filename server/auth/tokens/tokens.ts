// The door for user tokens from the configuration.
import { z } from "zod";
import { nameSchema } from "../../names.ts";
import { Secret } from "../../secret.ts";
import type { Authenticator } from "../authenticator.ts";
import { rolesSchema } from "../roles.ts";

/** One entry of `callers.tokens`. */
export const tokenSchema = z.strictObject({
  name: nameSchema.describe("Who this is, in logs and in `allow: [token:NAME]`."),
  token: z
    .string()
    .min(16, "must have at least 16 characters")
    .regex(/^[\w.~+/=-]+$/, "may have letters, digits and - . _ ~ + / = only, to travel in a header")
    .transform((token) => new Secret(token))
    .describe("The token itself, at least 16 characters. Keep it out of the file, in the environment."),
  roles: rolesSchema.default([]).describe("The caller's roles, for `allow: [role:NAME]` and limits."),
});

export type TokenConfig = z.output<typeof tokenSchema>;

/** Recognises the configured tokens. All are compared, each in constant time, so timing tells nothing. */
export const tokenAuthenticator =
  (tokens: readonly TokenConfig[]): Authenticator =>
  ({ bearer }) => {
    if (bearer === undefined) return undefined;
    const matches = tokens.filter(({ token }) => token.equals(bearer));
    const [match] = matches;
    if (!match) return undefined;
    return { kind: "token", id: `token:${match.name}`, name: match.name, roles: match.roles };
  };

// The claims of a signed token that identify its user, roles and audience.
import type { JWTPayload } from "jose";
import { z } from "zod";
import { roleSchema } from "../roles.ts";
import { teamSchema } from "../team.ts";

const claimName = z.string().min(1).max(256);

/** `claims` of an issuer: names of claims, or dotted paths such as `realm_access.roles`. */
export const claimsSchema = z
  .strictObject({
    user: claimName.default("sub").describe("The claim that is the user."),
    roles: z
      .array(claimName)
      .default([])
      .describe("The claims that hold roles: lists, or texts with blanks between, as `scope` has."),
    team: claimName.optional().describe("The claim that is the user's team, for reports and budgets."),
    audience: claimName
      .default("aud")
      .describe("The claim to hold against `audience`; `azp` for issuers that set no `aud`."),
  })
  .prefault({});

export type ClaimNames = z.output<typeof claimsSchema>;

/** A claim by its name, which may have dots in it (`https://example.com/roles`), or else by a dotted path. */
export const claimAt = (payload: JWTPayload, name: string): unknown => {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name
    .split(".")
    .reduce<unknown>(
      (node, part) =>
        typeof node === "object" && node !== null && Object.hasOwn(node, part)
          ? (node as Record<string, unknown>)[part]
          : undefined,
      payload,
    );
};

/** The user; undefined where the claim is missing or no fit name. */
export const userOf = (payload: JWTPayload, { user }: ClaimNames): string | undefined => {
  const value = claimAt(payload, user);
  return typeof value === "string" && /^[^\p{Cc}]{1,256}$/u.test(value) ? value : undefined;
};

/** The roles, each once. Values that are no valid role are left out. */
export const rolesOf = (payload: JWTPayload, { roles }: ClaimNames): string[] => {
  const named = roles.flatMap((name) => {
    const value = claimAt(payload, name);
    if (typeof value === "string") return value.split(" ");
    return Array.isArray(value) ? value : [];
  });
  return [...new Set(named)].filter((role) => roleSchema.safeParse(role).success);
};

/** The team. A claim that is missing or no fit name gives none: it decides on no access. */
export const teamOf = (payload: JWTPayload, { team }: ClaimNames): string | undefined =>
  team === undefined ? undefined : teamSchema.safeParse(claimAt(payload, team)).data;

/** Whether the token was meant for one of the audiences. */
export const isMeantFor = (
  payload: JWTPayload,
  { audience: name }: ClaimNames,
  audience: string | readonly string[],
): boolean => {
  const given = [claimAt(payload, name)].flat();
  return [audience].flat().some((each) => given.includes(each));
};

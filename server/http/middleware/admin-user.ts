// Steps that read what an operator wants done with a user.
import { z } from "zod";
import { rolesSchema } from "../../auth/roles.ts";
import { teamSchema } from "../../auth/team.ts";
import type { UserChange } from "../../auth/users/user-change.ts";
import { type NewUser, userNameSchema, writtenLimits } from "../../auth/users/users.ts";
import { Failure } from "../../failures/failure.ts";
import { parseInput } from "../../json/parse-input.ts";
import { suggestNames } from "../../names.ts";
import { ownLimitsSchema } from "../../rates.ts";
import { step } from "../operation.ts";
import { bodyFailures, type LimitedBody } from "../request/body.ts";
import { readJsonBy } from "../request/json-input.ts";

export interface ProfileServices {
  profileNames: readonly string[];
}

const roles = rolesSchema.max(50).describe("In place of all roles.");
const profiles = z
  .array(z.string().max(64))
  .max(100)
  .nullable()
  .describe("The only profiles the user may use; null where each profile's `allow` decides.");
const team = teamSchema.nullable().describe("Whose spending it also is; null for none.");
const limits = ownLimitsSchema.describe("In place of all own limits, such as `5 per minute, 100 per day`.");

export const newUserBody = z.strictObject({
  name: userNameSchema,
  roles: roles.optional(),
  profiles: profiles.optional(),
  team: team.optional(),
  limits: limits.optional(),
});

export const userChangeBody = z.strictObject({
  roles: roles.optional(),
  profiles: profiles.optional(),
  team: team.optional(),
  limits: limits.optional(),
  disabled: z.boolean().optional().describe("Whether the user is refused."),
});

export const tokenBody = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(0)
    .describe("How long the tokens from before go on; 0 ends them at once."),
});

type Needs = { body: LimitedBody | undefined };
/** As it came, for the audit trail. */
type Written = Readonly<Record<string, unknown>>;

const read = <T>(schema: z.ZodType<T>, body: LimitedBody | undefined): Promise<T> =>
  readJsonBy(schema, body, "user-invalid");

const failures = ["user-invalid", ...bodyFailures] as const;

export const readNewUser = step(failures, async ({ body }: Needs) => {
  const { name, roles = [], profiles, team, limits = {} } = await read(newUserBody, body);
  const newUser: NewUser = { name, roles, profiles: profiles ?? undefined, team: team ?? undefined, limits };
  const written: Written = {
    roles,
    profiles: profiles ?? null,
    team: team ?? null,
    limits: writtenLimits(limits),
  };
  return { newUser, written, profilesGiven: profiles ?? [] };
});

export const readUserChange = step(failures, async ({ body }: Needs) => {
  const { disabled, ...said } = await read(userChangeBody, body);
  const { roles, profiles, team, limits } = said;
  const userChange: UserChange = {
    clear: [
      ...(profiles === null ? (["profile"] as const) : []),
      ...(team === null ? (["team"] as const) : []),
      ...(limits === undefined ? [] : (["limit"] as const)),
    ],
    roles,
    profiles: profiles ?? undefined,
    team: team ?? undefined,
    limits,
  };
  const asWritten = limits === undefined ? said : { ...said, limits: writtenLimits(limits) };
  const written: Written | undefined = Object.keys(said).length === 0 ? undefined : asWritten;
  return { userChange, disabled, written, profilesGiven: profiles ?? [] };
});

export const readTokenRequest = step(failures, async ({ body }: Needs) => ({
  overlapSeconds: (await read(tokenBody, body)).overlap_seconds,
}));

/** The name in the path. */
export const resolveUserName = step(["user-unknown"], ({ path }: { path: string }) => {
  const [, name = ""] = /^\/admin\/api\/users\/([^/]+)/.exec(path) ?? [];
  const { success, data } = parseInput(userNameSchema, decoded(name));
  if (!success) throw new Failure("user-unknown");
  return { userName: data };
});

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

export const checkProfiles = step(
  ["user-invalid"],
  ({ profilesGiven }: { profilesGiven: readonly string[] }, { profileNames }: ProfileServices) => {
    const index = profilesGiven.findIndex((name) => !profileNames.includes(name));
    const name = profilesGiven[index];
    if (name === undefined) return;
    const detail = `there is no such profile${suggestNames(name, profileNames)}`;
    throw new Failure("user-invalid", undefined, {
      errors: [{ pointer: `/profiles/${index}`, detail }],
    });
  },
);

// Who may use a profile, a tool or a rule: the selectors under `allow`.
import { z } from "zod";
import type { Caller } from "./caller.ts";

/** All callers, all but guests, guests alone, a role, one caller by name, or all callers of an issuer. */
export const allowSchema = z.array(
  z.union(
    [
      z.enum(["everyone", "members", "guests"]),
      z.templateLiteral([z.enum(["role:", "user:", "token:", "signer:", "issuer:", "host:"]), z.string()]),
    ],
    {
      error:
        "must be everyone, members, guests, role:NAME, user:NAME, token:NAME, signer:NAME, issuer:URL or host:NAME",
    },
  ),
);

export type Allow = z.output<typeof allowSchema>;

/** Whether one of the selectors fits the caller. An empty list admits no caller. */
export const admits = (allow: Allow, caller: Caller): boolean => {
  const fitting = selectorsOf(caller);
  return allow.some((selector) => fitting.includes(selector));
};

/** Whether the caller may use a profile. A caller's own list of profiles decides alone, where there is one. */
export const mayUse = (profile: { name: string; allow: Allow }, caller: Caller): boolean =>
  (caller.kind === "user" || caller.kind === "host") && caller.profiles
    ? caller.profiles.includes(profile.name)
    : admits(profile.allow, caller);

const selectorsOf = (caller: Caller): Allow => {
  switch (caller.kind) {
    case "guest":
      return ["everyone", "guests"];
    case "host":
    case "user":
    case "token":
    case "signer":
      return [...membersOf(caller.roles), `${caller.kind}:${caller.name}`];
    case "jwt":
      return [...membersOf(caller.roles), `issuer:${caller.issuer}`];
  }
};

const membersOf = (roles: readonly string[]): Allow => [
  "everyone",
  "members",
  ...roles.map((role): Allow[number] => `role:${role}`),
];

// Profile and wish in, OpenAI's session object out. Pure: no clock, no network.

import type { z } from "zod";
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failures/failure.ts";
import { inputErrorsOf } from "../json/input-errors.ts";
import { mayUse } from "./allow.ts";
import { applyOverrides } from "./overrides.ts";
import type { Profile } from "./profile.ts";
import { type Session, sessionSchema } from "./session.ts";
import type { functionTool } from "./session-tools.ts";

/** What a caller asks for; all of it is optional. */
export interface KeyRequest {
  profile?: string | undefined;
  session?: Record<string, unknown> | undefined;
  /** How long the key may start sessions: the profile's time at most. */
  ttlSeconds?: number | undefined;
}

/** A tool as OpenAI's session object lists it. */
export type FunctionTool = z.output<typeof functionTool>;

/** The one profile a wish means. Throws `profile-unknown` or `profile-forbidden`. */
export const chooseProfile = (
  profiles: ReadonlyMap<string, Profile>,
  caller: Caller,
  name: string | undefined,
): Profile => {
  const profile = profiles.get(name ?? "default");
  if (!profile) {
    const detail =
      name === undefined
        ? "There is no profile called default here; name one, as in ?profile=NAME."
        : `There is no profile called ${name}.`;
    throw new Failure("profile-unknown", detail);
  }
  if (!mayUse(profile, caller)) {
    throw new Failure("profile-forbidden", `You may not use the profile ${profile.name}.`);
  }
  return profile;
};

/** What a key request is granted: the session to ask OpenAI for, and how long its key may start sessions. */
export interface Granted {
  session: Session;
  ttlSeconds: number;
}

/** Of the profile's time a key request may want less. Throws `key-request-invalid`. */
export const grant = (
  profile: Profile,
  tools: readonly FunctionTool[],
  { session, ttlSeconds }: KeyRequest,
): Granted => ({
  session: composeSession(profile, tools, session),
  ttlSeconds: Math.min(profile.ttl_seconds, ttlSeconds ?? profile.ttl_seconds),
});

/** The session to ask OpenAI for. Throws `key-request-invalid` for a field that may not be set or has a bad value. */
export const composeSession = (
  profile: Profile,
  tools: readonly FunctionTool[],
  wish: KeyRequest["session"] = undefined,
): Session => {
  const session = wish === undefined ? profile.session : overridden(profile, wish);
  if (session.type === "transcription" || tools.length === 0) return session;
  return { ...session, tools: [...tools, ...(session.tools ?? [])] };
};

const overridden = (profile: Profile, wish: Record<string, unknown>): Session => {
  const { session, errors } = applyOverrides(profile.session, wish, profile.overrides);
  if (errors.length > 0) {
    const settable = profile.overrides.length > 0 ? profile.overrides.join(", ") : "nothing";
    throw new Failure("key-request-invalid", `The profile ${profile.name} lets you set ${settable}.`, {
      errors,
    });
  }
  const parsed = sessionSchema.safeParse(session);
  if (parsed.success) return parsed.data;
  throw new Failure("key-request-invalid", "A session field has a value that OpenAI would refuse.", {
    errors: inputErrorsOf(parsed.error, { unknownName: "is not known to OpenAI", path: ["session"] }),
  });
};

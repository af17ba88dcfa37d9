// What a caller may have of what they ask: a profile, its session with the allowed overrides, and a lifetime.
import type { Caller } from "../auth/caller.ts";
import { chooseProfile, composeSession, type FunctionTool, type KeyRequest } from "../profiles/compose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Session } from "../profiles/session.ts";
import { modelOf } from "./session-model.ts";

/** What a key request is granted. */
export interface Grant {
  /** The profile's name. */
  profile: string;
  session: Session;
  /** Undefined where the session names none. */
  model: string | undefined;
  /** How long the key may start sessions. */
  ttlSeconds: number;
}

/** Throws `profile-unknown`, `profile-forbidden` or `key-request-invalid`. */
export const grantOf = (
  profiles: readonly Profile[],
  offeredTools: (profile: Profile, caller: Caller) => readonly FunctionTool[],
): ((caller: Caller, keyRequest: KeyRequest) => Grant) => {
  const byName = new Map(profiles.map((profile) => [profile.name, profile]));
  return (caller, { profile: name, session: overrides, ttlSeconds }) => {
    const profile = chooseProfile(byName, caller, name);
    const session = composeSession(profile, offeredTools(profile, caller), overrides);
    return {
      profile: profile.name,
      session,
      model: modelOf(session),
      // A key request may ask for less than the profile's time.
      ttlSeconds: Math.min(profile.ttl_seconds, ttlSeconds ?? profile.ttl_seconds),
    };
  };
};

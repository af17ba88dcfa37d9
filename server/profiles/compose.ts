// Profile and key request in, OpenAI's session object out. Pure: no clock, no network.

import type { z } from "zod";
import { mayUse } from "../auth/allow.ts";
import type { Caller } from "../auth/caller.ts";
import { Failure } from "../failures/failure.ts";
import { inputErrorsOf } from "../json/input-errors.ts";
import { parseInput } from "../json/parse-input.ts";
import { dataChannelOf } from "./live-data-channel.ts";
import { applyOverrides } from "./overrides.ts";
import type { Profile } from "./profile.ts";
import { type Session, sessionSchema } from "./session.ts";
import type { LiveSession } from "./session-live.ts";
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

/** The one profile a key request means. Throws `profile-unknown` or `profile-forbidden`. */
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

/** The session to ask OpenAI for. Throws `key-request-invalid` for a field that may not be set or has a bad value. */
export const composeSession = (
  profile: Profile,
  tools: readonly FunctionTool[],
  asked: KeyRequest["session"] = undefined,
): Session => {
  const own = profile.session.type === "live" ? withDataChannel(profile.session, profile) : profile.session;
  const session = asked === undefined ? own : overridden(profile, own, asked);
  if (session.type === "transcription" || tools.length === 0) return session;
  if (session.type === "live") return withDelegatedTools(session, tools);
  return { ...session, tools: [...tools, ...(session.tools ?? [])] };
};

// Without its lists OpenAI would let the page do everything.
const withDataChannel = (session: LiveSession, { supervision }: Profile): LiveSession => ({
  ...session,
  client: { data_channel: dataChannelOf(session.client?.data_channel, supervision === "sealed") },
});

const withDelegatedTools = (session: LiveSession, tools: readonly FunctionTool[]): LiveSession => {
  const { delegation } = session;
  if (delegation?.type !== "responses") return session;
  const { responses } = delegation;
  const all = [...tools, ...(responses.tools ?? [])];
  return { ...session, delegation: { ...delegation, responses: { ...responses, tools: all } } };
};

const overridden = (profile: Profile, own: Session, asked: Record<string, unknown>): Session => {
  const { session, errors } = applyOverrides(own, asked, profile.overrides);
  if (errors.length > 0) {
    const settable = profile.overrides.length > 0 ? profile.overrides.join(", ") : "nothing";
    throw new Failure("key-request-invalid", `The profile ${profile.name} lets you set ${settable}.`, {
      errors,
    });
  }
  const parsed = parseInput(sessionSchema, session);
  if (parsed.success) return parsed.data;
  throw new Failure("key-request-invalid", "A session field has a value that OpenAI would refuse.", {
    errors: inputErrorsOf(parsed.error, { unknownName: "is not known to OpenAI", path: ["session"] }),
  });
};

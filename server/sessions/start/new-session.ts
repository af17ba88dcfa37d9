// A session that is about to begin: what it is given, and until when. Pure.

import { openAiSession } from "../../profiles/session.ts";
import type { Carriage, SessionTotals, VoiceInterface, VoiceSession } from "../session.ts";
import type { StartRequest } from "../sessions.ts";

/** OpenAI ends each session after an hour. */
const MOST_MINUTES = 60;
const MINUTE_MS = 60_000;

export const noTotals: SessionTotals = {
  ...{ responses: 0, tokens: 0, costNanoUsd: 0, voiceSeconds: 0, unseenSeconds: 0 },
};

export interface NewSession {
  request: Pick<StartRequest, "caller" | "grant" | "tags">;
  id: string;
  grantHash: string;
  carriage: Carriage;
  /** The strictest of all limits that hold for it. */
  voice: VoiceSession["voice"];
  replica: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** The profile must be supervised. */
export const newSession = ({
  request: { caller, grant, tags },
  voice,
  carriage,
  replica,
  now,
  ...names
}: NewSession): VoiceSession => {
  const { supervision } = grant;
  if (supervision === "none") throw new Error(`the profile ${grant.profile} is not supervised`);
  return {
    ...names,
    interface: interfaceOf(grant.session),
    ...{ carriage, caller, supervision, voice, tags },
    state: "opening",
    profile: grant.profile,
    model: grant.model,
    session: openAiSession(grant.session),
    callId: undefined,
    upstreamKey: undefined,
    openedAt: now,
    endsAt: endOf(voice, now),
    activeAt: now,
    endedAt: undefined,
    reason: undefined,
    endRequested: undefined,
    totals: noTotals,
    owner: replica,
    term: 1,
  };
};

/** When a session that begins now ends at the latest. */
export const endOf = ({ max_minutes: most = MOST_MINUTES }: VoiceSession["voice"], now: number): number =>
  now + Math.round(Math.min(most, MOST_MINUTES) * MINUTE_MS);

export const interfaceOf = ({ type }: { type: string }): VoiceInterface =>
  type === "live" ? "live" : "realtime";

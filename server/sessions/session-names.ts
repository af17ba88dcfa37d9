// A session as OpenAI knows it, and as events name it. Pure.
import type { CallReference } from "../upstream/calls.ts";
import type { VoiceSession } from "./session.ts";

/** Undefined where OpenAI has no such call: not yet, or since the session is carried over a WebSocket. */
export const callOf = ({ interface: kind, callId, upstreamKey }: VoiceSession): CallReference | undefined =>
  callId === undefined || upstreamKey === undefined
    ? undefined
    : { interface: kind, id: callId, upstreamKey };

/** What every event of a session says. `at` is in milliseconds since 1970. */
export const eventFieldsOf = (
  { id, caller, profile, model, upstreamKey, tags }: VoiceSession,
  at: number,
) => ({
  ...{ at, sessionId: id, profile, model, upstreamKey, tags },
  caller: { kind: caller.kind, id: caller.id, team: caller.kind === "guest" ? undefined : caller.team },
});

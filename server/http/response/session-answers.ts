// Voice sessions as the answers have them: nothing of instructions, grants, or the secrets of keys.
import type { z } from "zod";
import type { VoiceSession } from "../../sessions/session.ts";
import type { currentSessionSchema, voiceSessionSchema } from "../openapi/session-schemas.ts";

/** `now` is in milliseconds since 1970. */
export const sessionAnswer = (
  session: VoiceSession,
  isOperator: boolean,
  now: number,
): z.output<typeof voiceSessionSchema> => {
  const { caller, model, totals, endedAt, callId, upstreamKey, owner } = session;
  return {
    ...stateOf(session, now),
    user: caller.kind === "guest" ? "guest" : caller.id,
    team: caller.kind === "guest" ? null : (caller.team ?? null),
    profile: session.profile,
    model: model ?? null,
    interface: session.interface,
    carriage: session.carriage,
    supervision: session.supervision,
    opened_at: instant(session.openedAt),
    active_at: instant(session.activeAt),
    ended_at: endedAt === undefined ? null : instant(endedAt),
    responses: totals.responses,
    voice_seconds: totals.voiceSeconds,
    unseen_seconds: totals.unseenSeconds,
    cost_usd: totals.costNanoUsd / 1e9,
    tags: [...session.tags],
    ...(isOperator && {
      call_id: callId ?? null,
      upstream_key: upstreamKey ?? null,
      replica: owner ?? null,
    }),
  };
};

/** `showsCost`: whether the caller has shown more than a page's grant. */
export const currentAnswer = (
  session: VoiceSession,
  showsCost: boolean,
  now: number,
): z.output<typeof currentSessionSchema> => ({
  ...stateOf(session, now),
  ...(showsCost && { cost_usd: session.totals.costNanoUsd / 1e9 }),
});

const stateOf = (session: VoiceSession, now: number) => {
  const { id, state, reason, endRequested, openedAt, endsAt, endedAt = now, totals } = session;
  return {
    ...{ id, state, reason: reason ?? endRequested ?? null },
    ends_at: instant(endsAt),
    seconds: Math.max(0, endedAt - openedAt) / 1000,
    tokens: totals.tokens,
  };
};

const instant = (at: number): string => new Date(at).toISOString();

// A supervised session for tests, of which each gives only what matters to it.
import { voiceSchema } from "../../server/profiles/supervision.ts";
import type { SessionTotals, VoiceSession } from "../../server/sessions/session.ts";

export const NOON = Date.UTC(2026, 0, 1, 12);

export const noTotals: SessionTotals = {
  ...{ responses: 0, tokens: 0, costNanoUsd: 0, voiceSeconds: 0, unseenSeconds: 0 },
};

/** An open session of the configured token `alice`, that began at noon. */
export const voiceSession = (given: Partial<VoiceSession> = {}): VoiceSession => ({
  id: "vs_one",
  interface: "realtime",
  carriage: "webrtc",
  state: "open",
  caller: { kind: "token", id: "token:alice", name: "alice", roles: [] },
  profile: "default",
  model: "gpt-realtime-2.1",
  supervision: "watch",
  voice: { ...voiceSchema.parse({}), serverTools: [] },
  session: { type: "realtime", model: "gpt-realtime-2.1", instructions: "Be kind." },
  tags: [],
  callId: "rtc_one",
  upstreamKey: "default",
  openedAt: NOON,
  endsAt: NOON + 3_600_000,
  activeAt: NOON,
  endedAt: undefined,
  reason: undefined,
  endRequested: undefined,
  totals: noTotals,
  owner: "a",
  term: 1,
  grantHash: "grant-one",
  ...given,
});

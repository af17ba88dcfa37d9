// A session whose watchers a test drives by hand: what they send, tell and decide is noted.
import type { JsonRecord } from "../../server/json/record.ts";
import { voiceSchema } from "../../server/profiles/supervision.ts";
import type { Fact, VoiceDialect } from "../../server/sessions/fact.ts";
import type { EndReason, VoiceSession } from "../../server/sessions/session.ts";
import type { CreateWatcher, SessionControl, SessionWatcher, Told } from "../../server/sessions/watcher.ts";

export const NOON = Date.UTC(2026, 0, 1, 12);

type Voice = Partial<VoiceSession["voice"]>;

export const voiceSession = ({
  voice,
  ...more
}: Partial<Omit<VoiceSession, "voice">> & { voice?: Voice } = {}): VoiceSession => ({
  ...{ id: "vs_1", interface: "realtime", carriage: "webrtc", state: "open", profile: "support" },
  ...{ caller: { kind: "token", id: "token:alice", name: "alice", roles: [] }, model: "gpt-realtime-2.1" },
  supervision: "enforce",
  session: { type: "realtime", model: "gpt-realtime-2.1", instructions: "Be brief." },
  ...{ tags: [], callId: "rtc_1", upstreamKey: "default", openedAt: NOON, endsAt: NOON + 600_000 },
  ...{ activeAt: NOON, endedAt: undefined, reason: undefined, endRequested: undefined },
  totals: { responses: 0, tokens: 0, costNanoUsd: 0, voiceSeconds: 0, unseenSeconds: 0 },
  ...{ owner: "replica", term: 1, grantHash: "hash" },
  voice: { ...voiceSchema.parse({}), serverTools: [], ...voice },
  ...more,
});

/** Names what is done, so that a test reads it. */
const writtenDialect: VoiceDialect = {
  read: () => [],
  isIgnored: () => false,
  tell: (text) => [{ tell: text }],
  answerCalls: (outputs) => [{ answers: outputs.map(({ callId, output }) => [callId, output]) }],
  goOn: () => ({ goOn: true }),
  restore: (session) => ({ restore: session }),
  close: () => undefined,
  remove: (itemId) => ({ remove: itemId }),
};

export interface WatchedSession {
  watcher: SessionWatcher;
  sent: JsonRecord[];
  told: Told[];
  ended: EndReason[];
  /** How often the model was let go on. */
  goneOn(): number;
  see(...facts: Fact[]): void;
}

export const watchSession = (create: CreateWatcher, session = voiceSession()): WatchedSession => {
  const [sent, told, ended]: [JsonRecord[], Told[], EndReason[]] = [[], [], []];
  let [goneOn, events] = [0, 0];
  const control: SessionControl = {
    ...{ session, dialect: writtenDialect, totals: session.totals, add: () => {} },
    eventPrefix: () => `own_${++events}`,
    isOwn: (id) => id?.startsWith("own_") ?? false,
    send: (sending) => void sent.push(...sending),
    goOn: () => {
      goneOn += 1;
    },
    end: (reason) => void ended.push(reason),
    tell: (telling) => void told.push(telling),
  };
  const watcher = create(control);
  const see = (...facts: Fact[]) => {
    for (const fact of facts) watcher.onFact(fact);
  };
  return { ...{ watcher, sent, told, ended, see }, goneOn: () => goneOn };
};

// A session whose watchers a test drives by hand: what they send, tell and decide is noted.
import type { JsonRecord } from "../../server/json/record.ts";
import type { Fact, VoiceDialect } from "../../server/sessions/dialects/fact.ts";
import type { EndReason, VoiceSession } from "../../server/sessions/session.ts";
import type {
  CreateWatcher,
  SessionControl,
  SessionWatcher,
  Told,
} from "../../server/sessions/watchers/watcher.ts";
import { voiceSession } from "./voice-session.ts";

/** `alice`'s session under enforcement. */
export const supervisedSession = ({
  voice,
  ...more
}: Partial<Omit<VoiceSession, "voice">> & { voice?: Partial<VoiceSession["voice"]> } = {}): VoiceSession => {
  const session = voiceSession({ supervision: "enforce", ...more });
  return { ...session, voice: { ...session.voice, ...voice } };
};

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
  cancel: (responseId) => ({ cancel: responseId }),
};

export interface WatchedSession {
  watcher: SessionWatcher;
  sent: JsonRecord[];
  /** To OpenAI. */
  connection: { isOpen: boolean };
  told: Told[];
  ended: EndReason[];
  /** How often the model was let go on. */
  goneOn(): number;
  see(...facts: Fact[]): void;
}

export const watchSession = (create: CreateWatcher, session = supervisedSession()): WatchedSession => {
  const [sent, told, ended]: [JsonRecord[], Told[], EndReason[]] = [[], [], []];
  const connection = { isOpen: true };
  let [goneOn, events] = [0, 0];
  const control: SessionControl = {
    ...{ session, dialect: writtenDialect, totals: session.totals, add: () => {} },
    eventPrefix: () => `own_${++events}`,
    isOwn: (id) => id?.startsWith("own_") ?? false,
    send: (sending) => {
      if (connection.isOpen) sent.push(...sending);
      return connection.isOpen;
    },
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
  return { ...{ watcher, sent, told, ended, see, connection }, goneOn: () => goneOn };
};

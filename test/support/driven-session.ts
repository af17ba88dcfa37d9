// Sessions that are watched over, and a connection to OpenAI that a test drives by hand.
import { voiceSchema } from "../../server/profiles/supervision.ts";
import { realtimeDialect } from "../../server/sessions/realtime-dialect.ts";
import type { VoiceSession } from "../../server/sessions/session.ts";
import type { RunPorts } from "../../server/sessions/session-run.ts";
import { startRun } from "../../server/sessions/supervised-run.ts";
import type { CreateWatcher, SessionControl, Told } from "../../server/sessions/watcher.ts";
import type { UpstreamCalls, VoiceSocket, VoiceSocketReceiver } from "../../server/upstream/calls.ts";
import { createTestTime, type TestTime } from "./time.ts";

export const noonOfTests = Date.UTC(2026, 0, 1, 12);

type VoiceInput = Parameters<typeof voiceSchema.parse>[0];

export const voiceSession = ({
  voice,
  ...more
}: Partial<Omit<VoiceSession, "voice">> & { voice?: VoiceInput } = {}): VoiceSession => ({
  ...{ id: "vs_1", interface: "realtime", carriage: "webrtc", state: "open", profile: "support" },
  caller: { kind: "token", id: "token:alice", name: "alice", roles: [] },
  ...{ model: "gpt-realtime-2.1", supervision: "watch", tags: [], term: 1, grantHash: "" },
  voice: { ...voiceSchema.parse(voice ?? {}), serverTools: [] },
  session: { type: "realtime", model: "gpt-realtime-2.1", instructions: "Be brief." },
  ...{ callId: "rtc_1", upstreamKey: "eu", owner: "here" },
  ...{ openedAt: noonOfTests, activeAt: noonOfTests, endsAt: noonOfTests + 600_000 },
  ...{ endedAt: undefined, reason: undefined, endRequested: undefined },
  totals: { responses: 0, tokens: 0, costNanoUsd: 0, voiceSeconds: 0, unseenSeconds: 0 },
  ...more,
});

/** What a watcher does is noted. */
export const notedControl = (session = voiceSession()) => {
  const noted: unknown[] = [];
  let ids = 0;
  const totals = { ...session.totals };
  const control: SessionControl = {
    session,
    dialect: realtimeDialect({ captions: false }),
    totals,
    add: (used) => {
      for (const [name, amount] of Object.entries(used)) totals[name as keyof typeof totals] += amount;
    },
    eventPrefix: () => `own${ids++}_`,
    isOwn: (id) => id?.startsWith("own") ?? false,
    send: (events) => void noted.push(...events.map((event) => ["send", event])),
    goOn: () => void noted.push("goOn"),
    end: (reason) => void noted.push(["end", reason]),
    tell: (told) => void noted.push(["tell", told]),
  };
  return { control, noted, totals };
};

type Join = UpstreamCalls["joinCall"];

/** A run of a session whose connection the test drives. */
export const drivenRun = (
  session = voiceSession(),
  more: {
    watchers?: CreateWatcher[];
    joins?: (() => Promise<void>)[];
    hangUp?: () => Promise<void>;
  } & Partial<RunPorts> = {},
) => {
  const time: TestTime = createTestTime(noonOfTests);
  const sent: Record<string, unknown>[] = [];
  const events: unknown[] = [];
  const told: Told[] = [];
  const ended: unknown[] = [];
  const asked: string[] = [];
  let receiver: VoiceSocketReceiver | undefined;
  const joins = more.joins ?? [];
  const joinCall: Join = async (_, to) => {
    asked.push("join");
    await joins.shift()?.();
    receiver = to;
    let isOpen = true;
    const socket: VoiceSocket = {
      send: (text) => void (isOpen && sent.push(JSON.parse(text))),
      close: () => {
        if (isOpen) asked.push("close");
        isOpen = false;
      },
    };
    return socket;
  };
  const hangUp = async () => {
    asked.push("hang up");
    await more.hangUp?.();
  };
  let ids = 0;
  const run = startRun(session, {
    calls: { joinCall, hangUp } as unknown as UpstreamCalls,
    dialect: realtimeDialect({ captions: false }),
    ...{ watchers: [], clock: time.clock, timers: time.timers, randomId: () => `id${ids++}` },
    emit: (event) => events.push(event),
    onEnded: (_, end) => ended.push(end),
    onTold: (each) => told.push(each),
    ...more,
  });
  return {
    ...{ run, time, sent, events, told, ended, asked },
    /** An event of OpenAI's. */
    hear: (event: object) => receiver?.onMessage(Buffer.from(JSON.stringify(event))),
    hearText: (text: string) => receiver?.onMessage(Buffer.from(text)),
    drop: () => receiver?.onClose(1006, ""),
  };
};

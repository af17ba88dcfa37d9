// A run of a session whose connection to OpenAI a test drives by hand.
import { voiceSchema } from "../../server/profiles/supervision.ts";
import { realtimeDialect } from "../../server/sessions/dialects/realtime-dialect.ts";
import type { RunPorts } from "../../server/sessions/run/session-run.ts";
import { startRun } from "../../server/sessions/run/supervised-run.ts";
import type { CreateWatcher, SessionControl, Told } from "../../server/sessions/watchers/watcher.ts";
import type { UpstreamCalls, VoiceSocket, VoiceSocketReceiver } from "../../server/upstream/calls.ts";
import { createTestTime, type TestTime } from "./time.ts";
import { NOON, voiceSession } from "./voice-session.ts";

/** Settings of a profile's `voice`. */
export const voiceOf = (given: Parameters<typeof voiceSchema.parse>[0]) => ({
  ...voiceSchema.parse(given),
  serverTools: [],
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
    send: (events) => {
      noted.push(...events.map((event) => ["send", event]));
      return true;
    },
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
  const time: TestTime = createTestTime(NOON);
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

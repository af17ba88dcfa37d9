// The sessions of one or several replicas over a database, with OpenAI's side and the runs made up.
import type { Budgets } from "../../server/budgets/budgets.ts";
import type { BrokerEvent } from "../../server/observe/event.ts";
import { systemRandom } from "../../server/random.ts";
import {
  createSessions,
  type SessionService,
  type SessionsPorts,
} from "../../server/sessions/create-sessions.ts";
import { realtimeDialect } from "../../server/sessions/dialects/realtime-dialect.ts";
import type { RunPorts, SessionRun } from "../../server/sessions/run/session-run.ts";
import type { EndReason, VoiceSession } from "../../server/sessions/session.ts";
import type { StartRequest } from "../../server/sessions/sessions.ts";
import { sqlSessionStore } from "../../server/sessions/store/session-store.sql.ts";
import type { SessionStore } from "../../server/sessions/store/session-store.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import type { CallReference, CallRequest, CreatedCall, UpstreamCalls } from "../../server/upstream/calls.ts";
import { createTestTime, type TestTime } from "./time.ts";
import { voiceSession } from "./voice-session.ts";

/** A run that does nothing by itself. */
export interface FakeRun extends SessionRun {
  ports: RunPorts;
  totals: VoiceSession["totals"];
  activeAt: number;
  ends: EndReason[];
  isReleased: boolean;
  ticks: number;
}

export interface FakeOpenAi {
  calls: UpstreamCalls;
  created: CallRequest[];
  hungUp: CallReference[];
  /** What the next call's creation waits for, or fails with. */
  create: (request: CallRequest) => Promise<CreatedCall>;
  hangUp: () => Promise<void>;
}

export const fakeOpenAiCalls = (): FakeOpenAi => {
  const fake: FakeOpenAi = {
    created: [],
    hungUp: [],
    create: async () => callOf(fake.created.length),
    hangUp: async () => {},
    calls: {
      createCall: (request) => {
        fake.created.push(request);
        return fake.create(request);
      },
      hangUp: async (call) => {
        fake.hungUp.push(call);
        await fake.hangUp();
      },
      joinCall: () => Promise.reject(new Error("no sideband")),
      openCarried: () => Promise.reject(new Error("no socket")),
    },
  };
  return fake;
};

export const callOf = (number: number): CreatedCall => ({
  ...{ interface: "realtime", id: `rtc_${number}`, upstreamKey: "main" },
  ...{ answer: "v=0 answer", openAiRequestId: undefined },
});

export interface VoiceReplica {
  service: SessionService;
  runs: FakeRun[];
  events: BrokerEvent[];
  /** Replaces how a session is joined. */
  join: (session: VoiceSession) => Promise<void>;
  /** Of the database, as this replica sees it. */
  storeErrors: unknown[];
  time: TestTime;
}

export interface VoicePlace extends AsyncDisposable {
  store: SessionStore;
  openAi: FakeOpenAi;
  /** Each with time of its own, so that one may stand still. */
  replica(name: string, given?: Partial<SessionsPorts>): Promise<VoiceReplica>;
}

export const voicePlace = async (): Promise<VoicePlace> => {
  const database = await openSqlite(":memory:", loadMigrations("sqlite"));
  const store = sqlSessionStore(database);
  const openAi = fakeOpenAiCalls();
  const services: SessionService[] = [];
  return {
    store,
    openAi,
    replica: async (name, given = {}) => {
      const time = createTestTime();
      const replica: Omit<VoiceReplica, "service"> = {
        ...{ runs: [], events: [], storeErrors: [], time },
        join: async () => {},
      };
      const service = createSessions({
        ...{ store, replica: name, calls: openAi.calls, clock: time.clock, timers: time.timers },
        startRun: async (session, ports) => {
          await replica.join(session);
          const run = fakeRun(session, ports);
          replica.runs.push(run);
          return run;
        },
        dialectOf: () => realtimeDialect({ captions: false }),
        watchersOf: () => [],
        random: systemRandom,
        emit: (event) => void replica.events.push(event),
        budgets: (): Budgets | undefined => undefined,
        newTimeBudget: () => ({ wait: (work) => work }),
        checkOffer: () => {},
        limitsOf: (_, __, voice) => ({ voice, accounts: [] }),
        hashIdentity: () => "0".repeat(64),
        timeoutMs: () => 5000,
        keepMs: () => 86_400_000,
        onStore: (error) => void replica.storeErrors.push(error),
        ...given,
      });
      services.push(service);
      // As sessions do that are the first, and begin at once.
      await Promise.all([service.begin(), service.begin()]);
      return Object.assign(replica, { service });
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
};

const fakeRun = (session: VoiceSession, ports: RunPorts): FakeRun => {
  const run: FakeRun = {
    ...{ session, ports, totals: { ...session.totals }, activeAt: session.activeAt },
    ...{ ends: [], isReleased: false, ticks: 0 },
    end: async (reason) => {
      run.ends.push(reason);
      if (run.ends.length === 1) ports.onEnded(run, { reason, isProven: true });
    },
    release: () => {
      run.isReleased = true;
    },
    tick: () => {
      run.ticks += 1;
    },
  };
  return run;
};

/** Of the configured token `alice`, without a ticket. */
export const startRequest = (given: Partial<StartRequest> = {}): StartRequest => {
  const { caller, voice, model } = voiceSession();
  return {
    caller,
    grant: {
      ...{ profile: "default", model, voice, ttlSeconds: 60, supervision: "watch" },
      session: { type: "realtime", instructions: "Be kind." },
    } as StartRequest["grant"],
    ticket: undefined,
    offer: "v=0",
    tags: [],
    requestId: "req_1",
    signal: new AbortController().signal,
    ...given,
  };
};

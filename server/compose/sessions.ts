// Composes supervised sessions: what this replica watches over outlives a change of broker.yaml, which decides what is new.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Subscriber } from "../observe/event.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Random } from "../random.ts";
import { createSessions } from "../sessions/create-sessions.ts";
import type { VoiceDialect } from "../sessions/dialects/fact.ts";
import { createLiveDialect } from "../sessions/dialects/live-dialect.ts";
import { realtimeDialect } from "../sessions/dialects/realtime-dialect.ts";
import { startRun } from "../sessions/run/supervised-run.ts";
import type { VoiceSession } from "../sessions/session.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { checkOffer } from "../sessions/start/offer.ts";
import { type LimitsOf, voiceLimitsOf } from "../sessions/start/voice-limits.ts";
import { createStateWatch, type StateWatch } from "../sessions/told/state-watch.ts";
import { redisToldLog } from "../sessions/told/told-log.redis.ts";
import type { VoiceBudgetPorts } from "../sessions/watchers/budget-watch.ts";
import { enforce } from "../sessions/watchers/enforce.ts";
import { limitsWatch } from "../sessions/watchers/limits-watch.ts";
import { meter } from "../sessions/watchers/meter.ts";
import type { ToolPolicy } from "../sessions/watchers/run-tool.ts";
import { voiceTimeWatch } from "../sessions/watchers/voice-time-watch.ts";
import type { CreateWatcher } from "../sessions/watchers/watcher.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { UpstreamCalls } from "../upstream/calls.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { SpentOn } from "../usage/spent.ts";
import type { LimitResources } from "./limits.ts";
import { sessionWatchers } from "./session-watchers.ts";
import type { Store } from "./store.ts";

interface SessionPorts {
  store: Pick<Store, "sessions">;
  redis: SharedRedis | undefined;
  metrics: Pick<Metrics, "watchSessions">;
  upstream: UpstreamCalls & Pick<Upstream, "moderate">;
  limits: Pick<LimitResources, "newTimeBudget">;
  settings(): Pick<Settings, "openai_timeout_ms" | "usage_retention_days">;
  hashIdentity(id: string): string;
  clock: Clock;
  timers: Timers;
  random: Random;
  emit: Subscriber;
  log: Log;
}

/** What broker.yaml says of sessions that begin, and of those that go on. */
export interface SessionPolicy {
  budgets: ReturnType<VoiceBudgetPorts["budgets"]>;
  spentOn: SpentOn;
  limitsOf: LimitsOf;
  /** The dotted paths of the session that a profile lets callers set. */
  overridesOf(profile: string): readonly string[];
  tools: ToolPolicy;
  /** Whether any profile is supervised. */
  isNeeded: boolean;
}

export interface SessionResources extends AsyncDisposable {
  sessions: Sessions;
  stateWatch: StateWatch;
  /** From now on this holds. To be called before anything else. */
  use(policy: SessionPolicy): void;
  /** Begins to watch over sessions, where profiles are supervised or sessions were left open. */
  begin(): Promise<void>;
}

const DAY_MS = 86_400_000;

export const sessionResources = (ports: SessionPorts): SessionResources => {
  const { upstream, settings, clock, timers, random, emit, log } = ports;
  const store = ports.store.sessions;
  let policy: SessionPolicy | undefined;
  const inForce = (): SessionPolicy => {
    if (!policy) throw new Error("sessions need a policy");
    return policy;
  };
  const service = createSessions({
    ...{ store, startRun, checkOffer, clock, timers, random, emit },
    replica: random.uuid(),
    toldLog: ports.redis && redisToldLog(ports.redis),
    calls: upstream,
    dialectOf,
    watchersOf: watchersWith(ports, inForce),
    limitsOf: (...given) => inForce().limitsOf(...given),
    budgets: () => inForce().budgets,
    newTimeBudget: ports.limits.newTimeBudget,
    hashIdentity: ports.hashIdentity,
    timeoutMs: () => settings().openai_timeout_ms,
    keepMs: () => settings().usage_retention_days * DAY_MS,
    onStore: (error) => {
      if (error === undefined) log.write("info", "sessions-saved-again", {});
      else log.write("warn", "sessions-unsaved", { cause: describeCause(error) });
    },
  });
  ports.metrics.watchSessions(service.sessionsHere);
  return {
    stateWatch: createStateWatch({ sessions: service.sessions, timers }),
    sessions: {
      ...service.sessions,
      // A profile may be supervised since a moment only.
      start: async (request) => {
        await service.begin();
        return service.sessions.start(request);
      },
      carry: async (request) => {
        await service.begin();
        return service.sessions.carry(request);
      },
    },
    use: (next) => {
      policy = next;
    },
    begin: async () => {
      if (inForce().isNeeded || (await store.list({ isOpen: true, limit: 1 })).length > 0) {
        await service.begin();
      }
    },
    [Symbol.asyncDispose]: service.close,
  };
};

/** What broker.yaml says; opens nothing. */
export const sessionPolicy = (
  { profiles, voice_limits }: Pick<Config, "profiles" | "voice_limits">,
  { hashIdentity }: Pick<SessionPorts, "hashIdentity">,
  given: Pick<SessionPolicy, "budgets" | "spentOn" | "tools">,
): SessionPolicy => ({
  ...given,
  limitsOf: voiceLimitsOf(voice_limits, hashIdentity),
  overridesOf: (profile) => profiles[profile]?.overrides ?? [],
  isNeeded: Object.values(profiles).some(({ supervision }) => supervision !== "none"),
});

type SessionKind = Pick<VoiceSession, "interface" | "supervision">;

const dialectOf = ({ interface: of, supervision }: SessionKind): VoiceDialect =>
  // Other pages show captions by themselves.
  of === "live" ? createLiveDialect() : realtimeDialect({ captions: supervision === "sealed" });

const watchersWith = (ports: SessionPorts, inForce: () => SessionPolicy) => {
  const spentOn: SpentOn = (answer) => inForce().spentOn(answer);
  const metering = { ...ports, spentOn };
  const always = [
    ...[meter(metering), limitsWatch],
    ...sessionWatchers({
      ...ports,
      policy: () => inForce().tools,
      moderationTimeoutMs: () => ports.settings().openai_timeout_ms,
    }),
  ];
  const voiceTime = voiceTimeWatch(metering);
  const enforcing = enforce({ ...ports, overridesOf: (profile) => inForce().overridesOf(profile) });
  return ({ interface: of, supervision }: SessionKind): readonly CreateWatcher[] => {
    // What the page of a GPT-Live session may change, OpenAI itself decides by the profile's lists.
    if (of === "live") return [voiceTime, ...always];
    return supervision === "enforce" ? [...always, enforcing] : always;
  };
};

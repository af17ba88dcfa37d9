// The metrics of supervised voice sessions: how many, why they end, what goes wrong, what they use.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { inputTokensIn, outputTokensIn } from "../usage/quantities.ts";
import { boundedLabel } from "./bounded-label.ts";
import type { SessionMetrics } from "./metrics.ts";
import type { SessionBegan, SessionEnded, SessionTrouble, VoiceMetered } from "./voice-event.ts";

/** Profiles are an operator's own; a session may be of one that was renamed since. */
const MAX_PROFILES = 200;
const MAX_MODELS = 100;

/** Seconds of a conversation; OpenAI ends one after an hour. */
const durations = [5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const startBuckets = [0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12];

export const sessionMetrics = (registers: Registry[]) => {
  let read: Parameters<SessionMetrics["watchSessions"]>[0] = () => [];
  const profileLabel = boundedLabel(MAX_PROFILES);
  const modelLabel = boundedLabel(MAX_MODELS);
  new Gauge({
    name: "broker_sessions_open",
    help: "Supervised voice sessions that this replica watches over, by profile and supervision",
    labelNames: ["profile", "supervision"],
    registers,
    collect() {
      this.reset();
      for (const { profile, supervision } of read())
        this.inc({ profile: profileLabel(profile), supervision });
    },
  });
  const began = new Counter({
    name: "broker_sessions_started_total",
    help: "Supervised voice sessions that began, by profile and supervision",
    labelNames: ["profile", "supervision"],
    registers,
  });
  const ended = new Counter({
    name: "broker_sessions_ended_total",
    help: "Supervised voice sessions that ended, by profile and reason",
    labelNames: ["profile", "reason"],
    registers,
  });
  const seconds = new Histogram({
    name: "broker_session_seconds",
    help: "How long supervised voice sessions lasted",
    buckets: durations,
    registers,
  });
  const starts = new Histogram({
    name: "broker_session_start_seconds",
    help: "From the beginning of a start's job until a supervised voice session was created and joined",
    buckets: startBuckets,
    registers,
  });
  const troubles = new Counter({
    name: "broker_session_troubles_total",
    help: "What went wrong with supervised voice sessions: adopted, altered, not-ended, sideband-back or sideband-lost",
    labelNames: ["what"],
    registers,
  });
  const tokens = new Counter({
    name: "broker_voice_tokens_total",
    help: "Tokens of supervised voice sessions, by model and kind",
    labelNames: ["model", "kind"],
    registers,
  });
  const cost = new Counter({
    name: "broker_voice_cost_usd_total",
    help: "Cost of supervised voice sessions in US dollars, by model, where its price is known",
    labelNames: ["model"],
    registers,
  });
  const unpriced = new Counter({
    name: "broker_voice_unpriced_total",
    help: "Parts of supervised voice sessions whose cost is unknown, by model",
    labelNames: ["model"],
    registers,
  });
  return {
    onStarted: (jobSeconds: number): void => starts.observe(jobSeconds),
    onBegan: ({ profile, supervision }: SessionBegan): void =>
      began.inc({ profile: profileLabel(profile), supervision }),
    onEnded: (event: SessionEnded): void => {
      ended.inc({ profile: profileLabel(event.profile), reason: event.reason });
      seconds.observe(event.seconds);
    },
    onTrouble: ({ what }: SessionTrouble): void => troubles.inc({ what }),
    onMetered: ({ model: name, spent }: VoiceMetered): void => {
      const model = modelLabel(name ?? "unknown");
      tokens.inc({ model, kind: "input" }, inputTokensIn(spent.quantities));
      tokens.inc({ model, kind: "output" }, outputTokensIn(spent.quantities));
      if (spent.costNanoUsd === undefined) unpriced.inc({ model });
      else cost.inc({ model }, spent.costNanoUsd / 1e9);
    },
    watchSessions: (next: typeof read): void => {
      read = next;
    },
  };
};

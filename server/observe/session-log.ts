// Log lines of supervised voice sessions: their begin, their end and their troubles, and for debugging what is metered. Nothing of what was said.
import { describeCause } from "./describe-error.ts";
import type { Subscriber } from "./event.ts";
import type { Log } from "./log.ts";
import type { SessionTrouble, VoiceEvent } from "./voice-event.ts";

export const sessionLog =
  (log: Log): Subscriber =>
  (event) => {
    switch (event.kind) {
      case "session-began":
        return log.write("info", "session-began", {
          ...fieldsOf(event),
          interface: event.interface,
          supervision: event.supervision,
          call: event.callId,
        });
      case "session-ended":
        return log.write("info", "session-ended", {
          ...fieldsOf(event),
          reason: event.reason,
          seconds: event.seconds,
          tokens: event.tokens,
          cost_usd: event.costNanoUsd / 1e9,
        });
      case "session-trouble":
        return log.write(severities[event.what], `session-${event.what}`, {
          ...fieldsOf(event),
          cause: describeCause(event.cause),
          advice: advice[event.what],
        });
      case "voice-metered":
        return log.write("debug", "voice-metered", {
          ...fieldsOf(event),
          usage_id: event.usageId,
          of: event.of,
          cost_usd: event.spent.costNanoUsd === undefined ? undefined : event.spent.costNanoUsd / 1e9,
        });
    }
  };

const fieldsOf = ({ sessionId, caller, profile, model, upstreamKey, tags }: VoiceEvent) => ({
  session: sessionId,
  // A guest's id holds an address.
  caller: caller.kind === "guest" ? "guest" : caller.id,
  team: caller.team,
  ...{ profile, model, upstream_key: upstreamKey },
  tags: tags.length > 0 ? tags : undefined,
});

const severities = {
  adopted: "info",
  altered: "warn",
  "not-ended": "error",
  "sideband-back": "info",
  "sideband-lost": "warn",
} as const satisfies Record<SessionTrouble["what"], string>;

const advice: Partial<Record<SessionTrouble["what"], string>> = {
  "not-ended":
    "OpenAI has not confirmed that it is over, and may go on to charge for it: end it at OpenAI, or revoke the key that it was created with",
};

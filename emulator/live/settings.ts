// How GPT-Live sessions behave where OpenAI says nothing, and where a test wants them to misbehave.
import { z } from "zod";

const ms = z.number().int().min(0).max(600_000);

export const liveSettings = z.strictObject({
  /** From the creation to `expires_at`. */
  session_seconds: z.number().min(0.1).max(86_400).default(3600),
  /** Between two `session.usage.updated`. */
  usage_interval_ms: ms.min(10).default(60_000),
  /** From `session.close` to `session.closed`. */
  drain_ms: ms.default(100),
  /** Whether `session.close` is ever answered; if not, the session goes on and is billed. */
  close_answered: z.boolean().default(true),
  /** From the browser's leaving to the end of the session. */
  vanish_delay_ms: ms.default(3000),
  vanish_reason: z.enum(["connection_lost", "remote_hangup"]).default("connection_lost"),
  /** Whether sidebands that join from now on get copies of the audio. */
  audio_copies: z.boolean().default(true),
  /** What the data channel gets for an event that it may not send. */
  refused_client_events: z.enum(["error", "silence"]).default("error"),
});

export type LiveSettings = z.infer<typeof liveSettings>;

/** The settings as a test left them, read at each use. */
export interface LiveSettingsInForce {
  current: LiveSettings;
}

// What every event of a voice session says of it. Pure.
import type { VoiceEvent } from "../../observe/voice-event.ts";
import type { VoiceSession } from "../session.ts";

type Common = Pick<VoiceEvent, "at" | "caller" | "model" | "profile" | "sessionId" | "tags" | "upstreamKey">;

/** `at` is in milliseconds since 1970. */
export const eventOf = (session: VoiceSession, at: number): Common => ({
  at,
  sessionId: session.id,
  caller: session.caller,
  profile: session.profile,
  model: session.model,
  upstreamKey: session.upstreamKey,
  tags: session.tags,
});

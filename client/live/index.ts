// The exports of realtime-key-broker/live.
export type { TranscriptLine } from "../voice/reports.ts";
export { VoiceError } from "../voice/voice-error.ts";
export { connectLive } from "./connect-live.ts";
export type { LiveConnection, LiveEnd, LiveOptions, LiveState } from "./options.ts";

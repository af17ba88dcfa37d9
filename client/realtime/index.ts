// The exports of realtime-key-broker/realtime.
export type { HandleTool, ToolCallReport, TranscriptLine } from "../voice/reports.ts";
export { VoiceError } from "../voice/voice-error.ts";
export { connectRealtime } from "./connect-realtime.ts";
export type { RealtimeConnection, RealtimeOptions, RealtimeState } from "./options.ts";

// The exports of realtime-key-broker/react.
export { useVoice, type Voice } from "./use-voice.ts";
export type { VoiceOptions, VoiceState } from "./voice.ts";

// The exports of realtime-key-broker/client.
export type { EphemeralKey, InputProblem, ToolDescription } from "./answers.ts";
export {
  type BrokerClient,
  type BrokerClientOptions,
  brokerClient,
  type FollowOptions,
  type RequestOptions,
  type ToolCall,
  type ToolCallOptions,
} from "./broker-client.ts";
export { BrokerError, type BrokerProblem } from "./broker-error.ts";
export { connectDeepChat } from "./deep-chat/bridge.ts";
export type { BridgeState, DeepChatBridge, DeepChatOptions } from "./deep-chat/options.ts";
export type { HandleTool, ToolCallReport, TranscriptLine } from "./voice/reports.ts";
export type { SessionEnd } from "./voice/supervised.ts";
export type { VoiceError } from "./voice/voice-error.ts";

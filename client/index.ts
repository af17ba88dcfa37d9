// The exports of realtime-key-broker/client.
export type { EphemeralKey, InputProblem, ToolDescription } from "./answers.ts";
export {
  type BrokerClient,
  type BrokerClientOptions,
  brokerClient,
  type RequestOptions,
  type ToolCall,
} from "./broker-client.ts";
export { BrokerError, type BrokerProblem } from "./broker-error.ts";
export { connectDeepChat } from "./deep-chat/bridge.ts";
export type { BridgeState, DeepChatBridge, DeepChatOptions } from "./deep-chat/options.ts";
export type { HandleTool, ToolCallReport, TranscriptLine } from "./voice/reports.ts";
export type { VoiceError } from "./voice/voice-error.ts";

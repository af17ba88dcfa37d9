// The package's face: what a page may import from realtime-key-broker/client.
export {
  type BrokerClient,
  type BrokerClientOptions,
  brokerClient,
  type EphemeralKey,
  type RequestOptions,
  type ToolCall,
  type ToolDescription,
} from "./broker-client.ts";
export { BrokerError, type BrokerProblem, type InputProblem } from "./broker-error.ts";
export { connectDeepChat } from "./deep-chat/bridge.ts";
export type {
  BridgeProblem,
  BridgeState,
  DeepChatBridge,
  DeepChatOptions,
  ToolCallReport,
  TranscriptLine,
} from "./deep-chat/options.ts";

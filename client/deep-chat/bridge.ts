// Connects Deep Chat's realtime mode with the broker.
import type { BrokerClient } from "../broker-client.ts";
import type { DeepChatBridge, DeepChatOptions } from "./options.ts";

/** Connects a `<deep-chat>` element with the broker. */
export const connectDeepChat = (
  _element: HTMLElement,
  _broker: BrokerClient,
  _options: DeepChatOptions = {},
): DeepChatBridge => ({ start: async () => {}, stop: () => {}, close: () => {} });

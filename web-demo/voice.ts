// Sets up Deep Chat's element as the page's voice: it shows the orb, and the page's buttons control it.
import "deep-chat/dist/deepChat.bundle.js";
import {
  type BrokerClient,
  connectDeepChat,
  type DeepChatBridge,
  type DeepChatOptions,
} from "../client/index.ts";
import orb from "./images/orb.svg";
import { part } from "./views/part.ts";

export interface Voice extends Pick<DeepChatBridge, "start" | "stop"> {
  /** Toggles the microphone, also before a start; returns whether it is muted now. */
  toggleMute(): boolean;
}

const MUTED = "deep-chat-openai-realtime-microphone-active";

const looks = {
  display: "block",
  width: "100%",
  height: "100%",
  border: "0 solid",
  background: "none",
  fontFamily: "inherit",
};

/** Configures the element and puts it on the stage. Call it once. */
export const createVoice = (
  broker: BrokerClient,
  listeners: Pick<
    DeepChatOptions,
    "onState" | "onKey" | "onTranscript" | "onToolCall" | "onEvent" | "onError"
  >,
): Voice => {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const element: HTMLElement = document.createElement("deep-chat");
  // Set before it is drawn: otherwise Deep Chat sets a size, a border and a font of its own, which it fetches.
  Object.assign(element.style, looks);
  const bridge = connectDeepChat(element, broker, {
    ...listeners,
    realtime: {
      avatar: {
        src: orb,
        maxScale: isStill ? 1 : 1.6,
        styles: {
          container: { height: "100%" },
          image: { border: "none", padding: "0", margin: "0", height: "var(--orb)", width: "var(--orb)" },
        },
      },
      buttons: { container: { display: "none" } },
      // The page's own card explains more than Deep Chat's fixed text.
      error: { style: { visibility: "hidden" } },
    },
  });
  part("orb", HTMLElement).append(element);
  const microphone = (): HTMLElement | null | undefined =>
    element.shadowRoot?.querySelector<HTMLElement>(".deep-chat-openai-realtime-microphone");
  return {
    start: () => bridge.start(),
    stop: () => bridge.stop(),
    toggleMute: () => {
      microphone()?.click();
      return microphone()?.classList.contains(MUTED) ?? false;
    },
  };
};

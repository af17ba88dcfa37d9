// Sets up the page's voice: Deep Chat's element, which shows the orb and which the page's buttons control, and GPT-Live for its profiles.
import "deep-chat/dist/deepChat.bundle.js";
import {
  type BrokerClient,
  connectDeepChat,
  type DeepChatBridge,
  type DeepChatOptions,
} from "../client/index.ts";
import type { VoiceError } from "../client/voice/voice-error.ts";
import orb from "./images/orb.svg";
import { createLiveVoice } from "./live-voice.ts";
import { part } from "./views/part.ts";

export interface Voice extends Pick<DeepChatBridge, "start" | "stop"> {
  /** Toggles the microphone, also before a start; returns whether it is muted now. */
  toggleMute(): boolean;
}

export type VoiceSource = Pick<BrokerClient, "fetchEphemeralKey" | "followSession">;

export type Listeners = Pick<
  DeepChatOptions,
  "onState" | "onKey" | "onTranscript" | "onToolCall" | "onEnd" | "onEvent" | "onError"
>;

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
  listeners: Listeners,
  /** The profile that the next start is for. */
  profile: () => string,
): Voice => {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const element: HTMLElement = document.createElement("deep-chat");
  // Set before it is drawn: otherwise Deep Chat sets a size, a border and a font of its own, which it fetches.
  Object.assign(element.style, looks);
  // Known since their first start: Deep Chat's bridge refuses their tickets.
  const liveProfiles = new Set<string>();
  const startLive = (problem: VoiceError): void => {
    if (problem.code !== "profile-is-live") {
      listeners.onError?.(problem);
      return;
    }
    liveProfiles.add(profile());
    void live.start();
  };
  const bridge = connectDeepChat(element, broker, {
    ...listeners,
    onError: startLive,
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
  const isMuted = (): boolean => microphone()?.classList.contains(MUTED) ?? false;
  const live = createLiveVoice(broker, listeners, isMuted);
  return {
    start: () => (liveProfiles.has(profile()) ? live.start() : bridge.start()),
    stop: () => {
      bridge.stop();
      live.stop();
    },
    toggleMute: () => {
      microphone()?.click();
      live.mute(isMuted());
      return isMuted();
    },
  };
};

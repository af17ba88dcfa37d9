// A React hook for voice: `useVoice({ url, token, profile })`.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { createVoice, type VoiceOptions, type VoiceState } from "./voice.ts";

export interface Voice extends VoiceState {
  /** Opens a session, unless one is open; call it when the user presses a button. Problems are in `error`. */
  start(): Promise<void>;
  /** Ends the session, and releases the microphone. */
  stop(): void;
  /** Mutes the microphone, or with `false` opens it again. */
  mute(muted?: boolean): void;
  /** Silences the assistant. */
  interrupt(): void;
  /** Says something in writing. */
  send(text: string): void;
}

/**
 * Voice for one component. The functions stay the same at every render. Options that change count from the next start on.
 * The session ends with the component.
 */
export const useVoice = (options: VoiceOptions): Voice => {
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const [voice] = useState(() => createVoice(() => latest.current));
  const state = useSyncExternalStore(voice.subscribe, voice.state, voice.state);
  useEffect(() => voice.stop, [voice]);
  const { start, stop, mute, interrupt, send } = voice;
  return { ...state, start, stop, mute, interrupt, send };
};

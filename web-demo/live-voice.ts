// GPT-Live as the page's voice, where the profile is one.
import { connectLive, type LiveConnection, VoiceError } from "../client/live/index.ts";
import { voiceError } from "../client/voice/voice-error.ts";
import type { Listeners, Voice, VoiceSource } from "./voice.ts";

/** `muted` is how the session begins. */
export const createLiveVoice = (
  broker: VoiceSource,
  { onState, onKey, onTranscript, onEnd, onError }: Listeners,
  muted: () => boolean,
): Omit<Voice, "toggleMute"> & { mute(muted: boolean): void } => {
  const audio = new Audio();
  let opening: AbortController | undefined;
  let live: LiveConnection | undefined;

  return {
    async start() {
      if (opening) return;
      opening = new AbortController();
      const { signal } = opening;
      try {
        live = await connectLive(audio, broker, {
          signal,
          // The end is told by `onEnd`, or by the error.
          onState: (state) => (state === "connecting" || state === "live") && onState?.(state),
          onKey: (key) => onKey?.(key),
          onTranscript: (line) => onTranscript?.(line),
          onError: (problem) => onError?.(problem),
          onEnd: ({ reason, serviceReason, userMessage }) => {
            opening = live = undefined;
            onState?.("stopped");
            if (reason === "closed") return;
            if (serviceReason) return onEnd?.({ reason: serviceReason });
            const message = `The session ended: ${reason}.`;
            onError?.(new VoiceError("session-ended", message, { userMessage }));
          },
        });
        live.mute(muted());
      } catch (cause) {
        opening = undefined;
        onState?.(signal.aborted ? "stopped" : "failed");
        if (!signal.aborted) onError?.(voiceError(cause));
      }
    },
    stop() {
      if (live) void live.close();
      else opening?.abort();
    },
    mute: (isMuted) => live?.mute(isMuted),
  };
};

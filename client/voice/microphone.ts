// Opens the microphone for one session, before a key is minted for it.
import { VoiceError } from "./voice-error.ts";

const reasons: Record<string, [code: string, message: string]> = {
  NotAllowedError: [
    "microphone-denied",
    "This page may not use the microphone. Allow it in the browser, then start again.",
  ],
  NotFoundError: ["microphone-missing", "No microphone was found."],
};

const refused = (code: string, message: string, cause?: unknown): VoiceError =>
  new VoiceError(code, message, { userMessage: message, cause });

/** Opens the microphone until the signal aborts. Rejects with a `VoiceError` that can be shown. */
export const openMicrophone = async (
  audio: boolean | MediaTrackConstraints,
  signal: AbortSignal,
): Promise<MediaStream> => {
  // Absent on pages without TLS, except on localhost.
  if (!navigator.mediaDevices)
    throw refused("microphone-insecure", "Browsers give the microphone to https pages and localhost only.");
  const stream = await navigator.mediaDevices.getUserMedia({ audio }).catch((cause) => {
    const [code, message] = reasons[cause?.name] ?? [
      "microphone-failed",
      `The microphone did not open: ${cause?.message ?? cause}`,
    ];
    throw refused(code, message, cause);
  });
  const close = (): void => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (signal.aborted) close();
  signal.addEventListener("abort", close);
  return stream;
};

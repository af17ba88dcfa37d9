// What ended or troubled a voice session: words for the developer, and a sentence for the page's user.
import { sentences } from "../sentences.ts";

interface VoiceErrorOptions {
  userMessage?: string | undefined;
  soft?: boolean;
  cause?: unknown;
}

/**
 * `message` tells the developer what was wrong and what to change, `userMessage` is fit for the page's user, `code` is
 * fit to be compared. After a soft one the session goes on. A refusal of the broker has its code, and is the `cause`.
 */
export class VoiceError extends Error {
  readonly code: string;
  readonly userMessage: string;
  readonly soft: boolean;

  constructor(code: string, message: string, { userMessage, soft = false, cause }: VoiceErrorOptions = {}) {
    super(message, { cause });
    this.name = "VoiceError";
    this.code = code;
    this.userMessage = userMessage ?? sentences.unavailable;
    this.soft = soft;
  }
}

/** Any thrown value as a `VoiceError`. */
export const voiceError = (cause: unknown): VoiceError => {
  if (cause instanceof VoiceError) return cause;
  const { message, code, userMessage } = Object(cause);
  return new VoiceError(code ?? "failed", message ?? String(cause), { userMessage, cause });
};

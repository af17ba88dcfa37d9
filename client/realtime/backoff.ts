// How long to wait before a lost connection is made anew.
import type { BrokerError } from "../broker-error.ts";
import type { VoiceError } from "../voice/voice-error.ts";

const FIRST_MS = 500;
const LONGEST_MS = 8000;
// A longer wait is for the user to decide on.
const LONGEST_ASKED_MS = 30_000;

/**
 * Milliseconds before the attempt of that number, counted from 0; undefined where another attempt cannot help.
 * `chance`, between 0 and 1, spreads the attempts of pages that lost their connections together.
 */
export const backoffMs = (
  problem: VoiceError | undefined,
  attempt: number,
  chance: number,
): number | undefined => {
  const { status, retryAfterSeconds = 0 } = Object(problem?.cause) as Partial<BrokerError>;
  const askedMs = retryAfterSeconds * 1000;
  // The caller's own mistake stays one; a limit (429) passes.
  const isFinal = status !== undefined && status >= 400 && status < 500 && status !== 429;
  if (isFinal || askedMs > LONGEST_ASKED_MS) return undefined;
  return Math.max(askedMs, Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (0.5 + chance / 2));
};

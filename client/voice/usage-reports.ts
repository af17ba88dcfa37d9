// Tells what a session's responses used, which only the page sees: in the background, never in the way of the voice.
import type { EphemeralKey } from "../answers.ts";
import type { RealtimeEvent } from "./realtime-event.ts";

/** What a voice session used. */
export interface UsageReport {
  profile: string;
  session: string | null;
  model: string | null;
  /** `usage` of each `response.done`. */
  usage: object[];
}

const EVERY_MS = 5000;
const MAX_RESPONSES = 100;

/** To be called with each event of the session. Sends at most every five seconds, and when the session or the page ends. */
export const usageReporter = (
  send: (report: UsageReport) => Promise<unknown>,
  { profile, session: { id: session, model } }: EphemeralKey,
  signal: AbortSignal,
): ((event: RealtimeEvent) => void) => {
  const usage: object[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    // What is lost is lost: sent again, it might be counted twice.
    if (usage.length > 0)
      send({ profile, session, model, usage: usage.splice(0, MAX_RESPONSES) }).catch(() => {});
  };
  signal.addEventListener("abort", flush);
  globalThis.addEventListener?.("pagehide", flush, { signal });
  return ({ type, response }) => {
    if (type !== "response.done" || !response?.usage || signal.aborted) return;
    usage.push(response.usage);
    timer ??= setTimeout(flush, EVERY_MS);
  };
};

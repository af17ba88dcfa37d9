// Tells the broker what a session's responses used, which only the page sees: in the background, never in the way of the voice.
import type { EphemeralKey } from "../answers.ts";
import type { BrokerClient } from "../broker-client.ts";
import type { RealtimeEvent } from "./realtime-event.ts";

/** A broker of the page's own may have no place for reports. */
export type ReportingBroker = Partial<Pick<BrokerClient, "reportUsage">>;

const EVERY_MS = 5000;
const MAX_RESPONSES = 100;

/** To be called with each event of the session. Reports at most every five seconds, and when the session or the page ends. */
export const usageReporter = (
  broker: ReportingBroker,
  { profile, session: { id: session, model } }: EphemeralKey,
  signal: AbortSignal,
): ((event: RealtimeEvent) => void) => {
  const usage: object[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = (): void => {
    clearTimeout(timer);
    timer = undefined;
    // What is lost is lost: sent again, it might be counted twice.
    if (usage.length > 0)
      broker
        .reportUsage?.({ profile, session, model, usage: usage.splice(0, MAX_RESPONSES) })
        .catch(() => {});
  };
  signal.addEventListener("abort", send);
  globalThis.addEventListener?.("pagehide", send, { signal });
  return ({ type, response }) => {
    if (type !== "response.done" || !response?.usage || signal.aborted) return;
    usage.push(response.usage);
    timer ??= setTimeout(send, EVERY_MS);
  };
};

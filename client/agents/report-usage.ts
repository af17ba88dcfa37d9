// Reports what a session of OpenAI's Agents SDK used.
import type { EphemeralKey } from "../answers.ts";
import { type ReportingBroker, usageReporter } from "../voice/usage-reports.ts";
import type { AgentsEvents } from "./sdk.ts";

// The SDK tells no one reliably that a session has ended; what is left goes with the timer, or with the page.
const endless = new AbortController().signal;

/** Tells the broker, in the background, what the session's responses used. Does nothing where the broker does not ask for it. */
export const reportUsage = (session: AgentsEvents, broker: ReportingBroker, key: EphemeralKey): void => {
  if (key.usage_reports) session.on("transport_event", usageReporter(broker, key, endless));
};

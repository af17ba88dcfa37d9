// Reports what a session of OpenAI's Agents SDK used.
import type { EphemeralKey } from "../answers.ts";
import type { BrokerClient } from "../broker-client.ts";
import type { AgentsEvents } from "./sdk.ts";

/** Tells the broker, in the background, what the session's responses used. Does nothing where the broker does not ask for it. */
export const reportUsage = (
  session: AgentsEvents,
  broker: Pick<BrokerClient, "usageReporter">,
  key: EphemeralKey,
): void => {
  if (key.usage_reports) session.on("transport_event", broker.usageReporter(key));
};

// What OpenAI is shown with every request under one of our keys.
import type { UpstreamKey } from "./keys.ts";

/** Name, value, name, value, …: the form that costs least to send. */
export const keyHeaders = ({
  secret,
  organization,
  project,
}: Pick<UpstreamKey, "organization" | "project" | "secret">): string[] => [
  ...["authorization", `Bearer ${secret.reveal()}`],
  ...["user-agent", "realtime-key-broker"],
  ...(organization === undefined ? [] : ["openai-organization", organization]),
  ...(project === undefined ? [] : ["openai-project", project]),
];

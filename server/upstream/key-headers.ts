// Header fields of every request that is sent with one of our keys.
import type { UpstreamKey } from "./keys.ts";

export const USER_AGENT = "realtime-key-broker";

/** As undici takes them: name, value, name, value, … */
export const keyHeaders = ({
  secret,
  organization,
  project,
}: Pick<UpstreamKey, "organization" | "project" | "secret">): string[] => [
  ...["authorization", `Bearer ${secret.reveal()}`],
  ...["user-agent", USER_AGENT],
  ...(organization === undefined ? [] : ["openai-organization", organization]),
  ...(project === undefined ? [] : ["openai-project", project]),
];

// The options of OpenAI's own client, the same wherever it is used: nothing is left to its defaults, which come from the environment.
import type { ClientOptions } from "openai";
import { USER_AGENT } from "./keys.ts";

/** One of both keys: an admin key is for the organization's own affairs, and for nothing else. */
interface Access extends Pick<ClientOptions, "apiKey" | "adminAPIKey"> {
  baseUrl: string;
  organization?: string | undefined;
  project?: string | undefined;
  fetch: typeof globalThis.fetch;
  /** For calls that give no signal of their own. */
  timeoutMs?: number;
  /** Only where a call may be sent twice; otherwise none is. */
  maxRetries?: number;
}

export const clientOptions = ({
  apiKey = null,
  adminAPIKey = null,
  baseUrl: baseURL,
  organization,
  project,
  fetch,
  timeoutMs: timeout,
  maxRetries = 0,
}: Access): ClientOptions => ({
  ...{ apiKey, adminAPIKey, baseURL, fetch, maxRetries },
  ...{ organization: organization ?? null, project: project ?? null },
  ...(timeout !== undefined && { timeout }),
  webhookSecret: null,
  logLevel: "off",
  defaultHeaders: { "user-agent": USER_AGENT },
  // A redirect would take the key to another place.
  fetchOptions: { redirect: "manual" },
});

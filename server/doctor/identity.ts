// Whether OpenAI gives an access token for the service's own identity, which the checks of that key then show.
import { IdentityError } from "../upstream/identity/identity-error.ts";
import type { AccessToken } from "../upstream/identity/token-exchange.ts";
import type { Check } from "./finding.ts";
import { type DoctorKey, subjectOf } from "./openai.ts";

/** The identity's source, and the exchange, have ten seconds each. */
const TIMEOUT_MS = 25_000;

export const identityCheck = (
  key: DoctorKey,
  obtain: (signal: AbortSignal) => Promise<AccessToken>,
): Check => {
  const subject = subjectOf(key);
  return {
    ...{ id: "identity", subject, title: "Identity", group: "OpenAI", timeoutMs: TIMEOUT_MS },
    run: async (signal) => {
      try {
        const { lifeMs } = await obtain(signal);
        const lifeSeconds = Math.round(lifeMs / 1000);
        const title = `gives an access token for ${lifeSeconds} s`;
        return [{ check: "identity", level: "ok", subject, title, figures: { lifeSeconds } }];
      } catch (error) {
        if (!(error instanceof IdentityError)) throw error;
        const check = `identity.${error.kind}`;
        const fix = `Change what it names, or ${key.setting}; docs/workload-identity.md has each platform.`;
        return [
          { check, level: "fault", subject, title: "gives no access token", cause: `${error.message}.`, fix },
        ];
      }
    },
  };
};

// Probes a key: GET /models, which costs nothing, on a connection of its own. Services are tried at each start, so OpenAI's client,
// which takes 9 MiB, is not loaded for it.
import { type Dispatcher, request } from "undici";
import type { Clock } from "../clock.ts";
import { readErrorBody, readErrorResponse } from "./error-response.ts";
import { type KeyAccess, keyHeaders } from "./keys.ts";
import type { UpstreamAccount } from "./upstream.ts";
import { upstreamErrorOf } from "./upstream-error.ts";

interface ProbePorts {
  /** Opens an agent for one probe. */
  openAgent(): Dispatcher;
  timeoutMs: number;
  clock: Pick<Clock, "now">;
}

export const probeAccount = (
  key: KeyAccess,
  { openAgent, timeoutMs, clock }: ProbePorts,
): Pick<UpstreamAccount, "probe"> => {
  const credentials = keyHeaders(key);
  return {
    probe: async (signal) => {
      const { origin, pathname } = new URL(key.base_url);
      const dispatcher = openAgent();
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const { statusCode, headers, body } = await request(
          `${origin}${pathname.replace(/\/$/, "")}/models`,
          {
            dispatcher,
            headers: [...credentials(), "accept", "application/json"],
            signal: AbortSignal.any([signal, deadline]),
          },
        );
        if (statusCode < 300) return { kind: "answered", latencyMs: 0 };
        const error = readErrorBody(statusCode, await body.text());
        return readErrorResponse(error, headers, clock.now()).outcome;
      } catch (error) {
        const known = upstreamErrorOf(error);
        if (known) return known.outcome;
        if (signal.aborted) return { kind: "abandoned" };
        return { kind: "failed", how: deadline.aborted ? "timeout" : "connection" };
      } finally {
        void dispatcher.destroy();
      }
    },
  };
};

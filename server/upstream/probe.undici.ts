// A probe: the list of models, asked for with one key, tells whether OpenAI can be reached and takes the key. Costs nothing.
import { Agent, request } from "undici";
import type { Clock } from "../clock.ts";
import { classifyRefusal } from "./classify-error.ts";
import { readRefusal } from "./error-body.ts";
import { keyHeaders } from "./key-headers.ts";
import type { UpstreamKey } from "./keys.ts";
import type { Outcome } from "./outcome.ts";

type Key = Pick<UpstreamKey, "base_url" | "organization" | "project" | "secret">;

const TIMEOUT_MS = 2000;
const maxResponseSize = 1024 * 1024;

/** A connection of its own for each probe: one that an outage left behind would prove nothing. */
export const probeAccount =
  (key: Key, { clock }: { clock: Pick<Clock, "now"> }) =>
  async (signal: AbortSignal): Promise<Outcome> => {
    const dispatcher = new Agent({ connect: { timeout: TIMEOUT_MS }, pipelining: 0, maxResponseSize });
    const url = `${key.base_url.replace(/\/+$/, "")}/models`;
    try {
      const { statusCode, headers, body } = await request(url, {
        headers: keyHeaders(key),
        dispatcher,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      // What is not read any further ends with an error.
      body.on("error", () => {});
      if (statusCode < 400) return { kind: "answered", latencyMs: 0 };
      const text = await body.text();
      return classifyRefusal(readRefusal(statusCode, text), headers, clock.now());
    } catch {
      return signal.aborted ? { kind: "abandoned" } : { kind: "failed", how: "connection" };
    } finally {
      void dispatcher.destroy();
    }
  };

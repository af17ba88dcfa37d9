// Notes every request to OpenAI's routes, and lets those fail that are to fail.
import type { MiddlewareHandler } from "hono";
import { answerOf, type Faults } from "./faults.ts";
import { readable, type SeenRequests } from "./requests.ts";

export interface ObservePorts {
  requests: SeenRequests;
  faults: Faults;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const observe =
  ({ requests, faults, wait }: ObservePorts): MiddlewareHandler =>
  async (c, next) => {
    const url = new URL(c.req.url);
    requests.add({
      method: c.req.method,
      path: url.pathname + url.search,
      headers: c.req.header(),
      body: readable(await c.req.text()),
      at: new Date().toISOString(),
    });
    const fault = faults.take(c.req.method, url.pathname);
    if (fault?.delay_ms) await wait(fault.delay_ms, c.req.raw.signal).catch(() => undefined);
    const answer = fault && answerOf(fault);
    if (!answer) return next();
    c.res = answer;
    return undefined;
  };

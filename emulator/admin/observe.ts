// Records every request to OpenAI's routes, and applies the faults that a test asked for.

import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { isBroken, sendBroken } from "./broken-answer.node.ts";
import { answerOf, type Faults } from "./faults.ts";
import { readable, type SeenRequests } from "./requests.ts";

export interface ObservePorts {
  requests: SeenRequests;
  faults: Faults;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const observe =
  ({ requests, faults, wait }: ObservePorts): MiddlewareHandler<{ Bindings: HttpBindings }> =>
  async (c, next) => {
    const url = new URL(c.req.url);
    const received = Buffer.from(await c.req.arrayBuffer());
    const request = {
      method: c.req.method,
      path: url.pathname + url.search,
      headers: c.req.header(),
      body: readable(received.toString("utf8")),
      at: new Date().toISOString(),
    };
    requests.add(request, received.length);
    const fault = faults.take(c.req.method, request.path);
    if (fault?.delay_ms) {
      const { signal } = c.req.raw;
      await wait(fault.delay_ms, signal).catch(() => undefined);
      // A caller who has left meanwhile gets nothing made.
      if (signal.aborted) {
        c.res = new Response(null, { status: 408 });
        return;
      }
    }
    const answer = fault && answerOf(fault);
    if (answer) c.res = answer;
    else await next();
    if (fault?.answer_delay_ms) await wait(fault.answer_delay_ms, c.req.raw.signal).catch(() => undefined);
    if (!fault || !isBroken(fault)) return;
    const sent = await sendBroken(c.res, fault, c.env.outgoing, wait);
    // Assigned over an earlier response, Hono would copy it and send it again.
    c.res = undefined;
    c.res = sent;
  };

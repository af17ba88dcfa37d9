// A response of server-sent events.
import type { Context } from "hono";

/** Each event is a write of its own, so that clients receive them one by one. */
export const eventStream = (c: Context, events: readonly string[]): Response => {
  const encoder = new TextEncoder();
  const waiting = events.values();
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = waiting.next();
      if (done) return controller.close();
      controller.enqueue(encoder.encode(value));
      // Lets each event leave before the next is written.
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  return c.body(body, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
};

/** An event with its type as its name. */
export const named = (event: { type: string }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** An event without a name. */
export const unnamed = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;

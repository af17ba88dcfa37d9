// Records every attempt to open a WebSocket, and applies the faults that a test asked for.
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import type { ObservePorts } from "./observe.ts";

export const admitSockets =
  ({ requests, faults, wait }: ObservePorts) =>
  async (request: IncomingMessage): Promise<void> => {
    const path = request.url ?? "/";
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const seen = { method: "GET", path, headers: Object.fromEntries(headers), body: null };
    requests.add({ ...seen, at: new Date().toISOString() }, 0);
    const fault = faults.take("GET", path);
    if (fault?.delay_ms) await wait(fault.delay_ms, whenClosed(request)).catch(() => undefined);
    if (!fault?.status) return;
    const { data } = errorInBody.safeParse(fault.body);
    throw new OpenAiError(
      fault.status,
      data?.error.code ?? null,
      `Emulated failure with status ${fault.status}.`,
    );
  };

const errorInBody = z.object({ error: z.object({ code: z.string() }) });

const whenClosed = (request: IncomingMessage): AbortSignal => {
  const controller = new AbortController();
  request.socket.once("close", () => controller.abort());
  return controller.signal;
};

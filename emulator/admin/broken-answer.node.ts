// Sends a response as a bad network would: slowly, cut off, or with a wrong length.
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Fault } from "./faults.ts";

type Breakage = Pick<Fault, "bytes_per_second" | "content_length" | "cut_after_bytes" | "lose_answer">;

export const isBroken = (fault: Breakage): boolean =>
  fault.bytes_per_second !== undefined ||
  fault.content_length !== undefined ||
  fault.cut_after_bytes !== undefined ||
  fault.lose_answer === true;

const TICK_MS = 100;

/** Writes the response itself, and marks it as sent for Hono. */
export const sendBroken = async (
  answer: Response,
  fault: Breakage,
  outgoing: ServerResponse,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): Promise<Response> => {
  if (fault.lose_answer) {
    outgoing.socket?.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  const body = Buffer.from(await answer.arrayBuffer());
  const sent = body.subarray(0, fault.cut_after_bytes ?? body.length);
  outgoing.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    "content-length": fault.content_length ?? body.length,
    // After a wrong length the next response on this connection could not be recognised.
    connection: "close",
  });
  const left = new AbortController();
  outgoing.once("close", () => left.abort());
  const step = fault.bytes_per_second ? Math.ceil((fault.bytes_per_second * TICK_MS) / 1000) : sent.length;
  for (let at = 0; at < sent.length && !left.signal.aborted; at += step) {
    outgoing.write(sent.subarray(at, at + step));
    if (fault.bytes_per_second) await wait(TICK_MS, left.signal).catch(() => undefined);
  }
  // Ends the connection, so that a client that waits for more bytes fails.
  await new Promise<void>((resolve) => setImmediate(resolve));
  outgoing.socket?.end();
  return RESPONSE_ALREADY_SENT;
};

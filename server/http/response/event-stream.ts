// Server-sent events as an answer: it ends by itself when the caller leaves or the service drains, and holds no more than is read.
import type { Timers } from "../../clock.ts";
import type { RequestFacts } from "../facts.ts";
import type { Lifecycle } from "../server/lifecycle.ts";

export interface StreamServices {
  lifecycle: Pick<Lifecycle, "onDrain">;
  timers: Pick<Timers, "after">;
}

export interface EventStream {
  /** Cuts the answer off where the caller reads too slowly. */
  send(event: string, data: object): void;
  /** Ends the answer. */
  finish(): void;
  /** Resolves when the answer has ended, however it did. */
  ended: Promise<void>;
}

/** What may wait for a page that does not read. */
const MAX_WAITING_BYTES = 256 * 1024;
const HEARTBEAT_MS = 15_000;

interface StreamOptions {
  /** For a stream that may be silent for long: proxies close what says nothing for a minute. */
  hasHeartbeat: boolean;
  /** Called once, when the answer has ended. */
  onEnded(): void;
}

/** Begins the answer. */
export const openEventStream = (
  { outgoing, method }: RequestFacts,
  { lifecycle, timers }: StreamServices,
  { hasHeartbeat, onEnded }: StreamOptions,
): EventStream => {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const write = (text: string): void => {
    if (outgoing.writableLength > MAX_WAITING_BYTES) outgoing.destroy();
    else outgoing.write(text);
  };
  const finish = () => void outgoing.end();
  // Buffering proxies would hold the events back.
  const headers = { "cache-control": "no-store", "x-accel-buffering": "no" };
  outgoing.writeHead(200, { "content-type": "text/event-stream", ...headers });
  // The answer begins at once, though nothing may have happened.
  write(": \n\n");
  const beat = (): (() => void) =>
    timers.after(HEARTBEAT_MS, () => {
      write(": \n\n");
      cancelBeat = beat();
    });
  let cancelBeat = hasHeartbeat ? beat() : () => {};
  const undrain = lifecycle.onDrain(finish);
  if (method === "HEAD") finish();
  outgoing.once("close", end);
  return {
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    finish,
    ended: ended.finally(() => {
      cancelBeat();
      undrain();
      onEnded();
    }),
  };
};

// A WebSocket of Realtime events, read one at a time.
import { type EventSocket, type RealtimeEvent, SocketRefused } from "./openai.ts";

/** The part of a WebSocket that is used here. */
export interface WebSocketLike {
  send(text: string): void;
  close(): void;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "error", listener: (event: { message?: string }) => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
}

/** Events not yet read; a session of doctor's has some twenty. */
const MAX_WAITING = 1000;

/** Resolves when it is open. Rejects with a `SocketRefused`, or the signal's reason; the socket is then closed. */
export const openEventSocket = async (socket: WebSocketLike, signal: AbortSignal): Promise<EventSocket> => {
  const waiting: RealtimeEvent[] = [];
  let closedWith: EventSocket["closedWith"];
  let wake = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const notify = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  socket.addEventListener("open", opened.resolve);
  socket.addEventListener("error", ({ message }) => {
    opened.reject(new SocketRefused(message || "it did not open"));
  });
  socket.addEventListener("message", ({ data }) => {
    const event = readEvent(data);
    if (event && waiting.length < MAX_WAITING) waiting.push(event);
    notify();
  });
  socket.addEventListener("close", ({ code, reason }) => {
    closedWith = { code, reason };
    opened.reject(new SocketRefused(`it was closed (${code})`));
    notify();
  });
  try {
    await untilAborted(opened.promise, signal);
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    send: (event) => socket.send(JSON.stringify(event)),
    next: async (nextSignal) => {
      while (waiting.length === 0 && !closedWith) await untilAborted(wake.promise, nextSignal);
      return waiting.shift();
    },
    get closedWith() {
      return closedWith;
    },
    [Symbol.dispose]: () => socket.close(),
  };
};

const readEvent = (data: unknown): RealtimeEvent | undefined => {
  try {
    const event: unknown = JSON.parse(String(data));
    return typeof event === "object" && event !== null && "type" in event && typeof event.type === "string"
      ? ({ ...event } as RealtimeEvent)
      : undefined;
  } catch {
    return undefined;
  }
};

const untilAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
};

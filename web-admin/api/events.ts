// Reads server-sent events over fetch, since EventSource sends no Authorization. Connects again when the connection ends.
import type { Api } from "./api.ts";

export interface EventsOptions {
  onEvent(name: string, data: unknown): void;
  /** Called anew when the stream has begun again: something may have been missed. */
  onConnected(isConnected: boolean): void;
}

const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 30_000;

/** Returns how to stop. */
export const followEvents = (
  api: Api,
  path: string,
  { onEvent, onConnected }: EventsOptions,
): (() => void) => {
  const controller = new AbortController();
  const { signal } = controller;
  let pauseMs = FIRST_PAUSE_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = async (): Promise<void> => {
    try {
      const stream = await api.open(path, signal);
      pauseMs = FIRST_PAUSE_MS;
      onConnected(true);
      // The service ends each stream in time, to see again who asks.
      await readEvents(stream, onEvent);
    } catch {
      // Told to the reader by the dot in the header; what else fails is told by the page's own calls.
      if (!signal.aborted) onConnected(false);
    }
    if (signal.aborted) return;
    timer = setTimeout(() => void connect(), pauseMs);
    pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS);
  };
  void connect();
  return () => {
    controller.abort();
    clearTimeout(timer);
  };
};

const readEvents = async (
  stream: ReadableStream<Uint8Array>,
  onEvent: EventsOptions["onEvent"],
): Promise<void> => {
  const reader = stream
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (rest + part.value).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, name] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (name !== undefined && data !== undefined) onEvent(name, JSON.parse(data));
    }
  }
};

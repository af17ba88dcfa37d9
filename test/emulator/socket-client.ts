// A plain WebSocket client for the tests: sends events, awaits events, has every one judged.
import { once } from "node:events";
import WebSocket from "ws";
import { toBytes } from "../../emulator/speech/pcm.ts";
import { questionSamples } from "../support/microphone.ts";
import { faultsOf } from "./event-check.ts";

export type Event = { type: string; [field: string]: unknown };

export interface SocketClient {
  readonly socket: WebSocket;
  readonly events: Event[];
  /** What the judges say about everything that has come. */
  faults(): string[];
  send(event: object): void;
  /** The next event of this type that has not been awaited yet. */
  next(type: string): Promise<Event>;
  /** Speaks the question and is silent for a second after it. */
  speak(): Promise<void>;
  close(): Promise<void>;
}

/** Connects; `path` begins with a question mark. */
export const connectSocket = async (
  baseUrl: string,
  path = "?model=gpt-realtime-2.1",
  options: { key?: string; protocols?: string[] } = {},
): Promise<SocketClient> => {
  const headers = options.protocols ? {} : { authorization: `Bearer ${options.key ?? "sk-test"}` };
  const url = `${baseUrl.replace("http", "ws")}/realtime${path}`;
  const socket = new WebSocket(url, options.protocols ?? [], { headers });
  const events: Event[] = [];
  const awaited = new Set<Event>();
  let wake = Promise.withResolvers<void>();
  socket.on("message", (data) => {
    events.push(JSON.parse(data.toString()));
    wake.resolve();
    wake = Promise.withResolvers();
  });
  await once(socket, "open");

  const send = (event: object): void => socket.send(JSON.stringify(event));
  const next = async (type: string): Promise<Event> => {
    for (;;) {
      const found = events.find((event) => event.type === type && !awaited.has(event));
      if (found) {
        awaited.add(found);
        return found;
      }
      await wake.promise;
    }
  };
  const speak = async (): Promise<void> => {
    const silence = new Float32Array(24_000);
    for (const samples of [await questionSamples(), silence]) {
      const audio = toBytes(samples, { type: "audio/pcm", rate: 24_000 }).toString("base64");
      send({ type: "input_audio_buffer.append", audio });
    }
  };
  const close = async (): Promise<void> => {
    if (socket.readyState === WebSocket.CLOSED) return;
    socket.close();
    await once(socket, "close");
  };
  return { socket, events, faults: () => events.flatMap(faultsOf), send, next, speak, close };
};

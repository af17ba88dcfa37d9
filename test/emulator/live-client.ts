// A session of the emulator's GPT-Live for the tests: without media, with the package's own sideband, every event judged.
import { once } from "node:events";
import OpenAI from "openai";
import type { ConnectClientEvent } from "openai/resources/live/sideband/sideband";
import { SidebandWS } from "openai/resources/live/sideband/ws";
import type { Emulator } from "../../emulator/emulator.ts";
import { faultsOf } from "./live-check.ts";
import type { Event } from "./socket-client.ts";

/** Asks the emulator's own addresses under `/emulator/live`. */
export const control = async (
  emulator: Emulator,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(new URL(`/emulator/live${path}`, emulator.baseUrl), {
    method,
    headers: { authorization: "Bearer sk-test", ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });

/** Makes the next requests to a path fail. */
export const fault = (emulator: Emulator, given: object): Promise<Response> =>
  fetch(new URL("/emulator/faults", emulator.baseUrl), { method: "POST", body: JSON.stringify(given) });

/** The id of a new session without a browser. */
export const startSession = async (
  emulator: Emulator,
  given: object = {},
  headers: Record<string, string> = {},
): Promise<string> => {
  const session = { model: "gpt-live-1", ...given };
  const made = await control(emulator, "POST", "/sessions", { session }, headers);
  const { session: created } = (await made.json()) as { session: { id: string } };
  return created.id;
};

export interface Counted {
  open: boolean;
  ended_by: string | null;
  seconds_running: number;
  seconds_billed: number;
  backend_tokens: Record<string, number>;
  responses: { id: string; status: string; usage: Record<string, unknown> | null }[];
  sidebands: number;
  muted: boolean;
}

/** The emulator's own count. */
export const countOf = async (emulator: Emulator, id: string): Promise<Counted> =>
  (await control(emulator, "GET", `/sessions/${id}`)).json() as Promise<Counted>;

export interface Sideband {
  readonly socket: SidebandWS;
  /** Without the copies of the audio. */
  readonly events: Event[];
  readonly audio: Event[];
  faults(): string[];
  send(event: ConnectClientEvent): void;
  /** The next event of this type that has not been awaited yet. */
  next(type: string): Promise<Event>;
  /** Resolves with the code of the WebSocket's end. */
  closed: Promise<number>;
}

export const attach = async (
  emulator: Emulator,
  session_id: string,
  { graceful_close = true, key = "sk-test" } = {},
): Promise<Sideband> => {
  const client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: key });
  const socket = new SidebandWS(client, { session_id, graceful_close });
  const events: Event[] = [];
  const audio: Event[] = [];
  const awaited = new Set<Event>();
  let wake = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  socket.on("event", (received) => {
    const event = received as unknown as Event;
    const isAudio =
      event.type === "session.input_audio.append" || event.type === "session.output_audio.delta";
    (isAudio ? audio : events).push(event);
    wake.resolve();
    wake = Promise.withResolvers();
  });
  // Refused commands are among the events.
  socket.on("error", (error) => failed.reject(error));
  socket.on("close", (code) => closed.resolve(code));
  await Promise.race([once(socket.socket.platformSocket, "open"), failed.promise]);
  const next = async (type: string): Promise<Event> => {
    for (;;) {
      const found = [...events, ...audio].find((event) => event.type === type && !awaited.has(event));
      if (found) {
        awaited.add(found);
        return found;
      }
      await wake.promise;
    }
  };
  return {
    socket,
    events,
    audio,
    faults: () => [...events, ...audio].flatMap(faultsOf),
    send: (event) => socket.send(event),
    next,
    closed: closed.promise,
  };
};

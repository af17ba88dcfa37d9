// Those connected to a GPT-Live session: the browser's data channel, which gets what its lists allow, and the sidebands, which get all.
import { parseMessage } from "./client-events.ts";
import { gets } from "./data-channel-lists.ts";
import type { LiveEvent } from "./server-events.ts";
import type { DataChannel } from "./session-schema.ts";

export interface Participant {
  send(text: string): void;
  /** The session is over. */
  end(): void;
}

type Recorded = Record<string, unknown>;

// Enough for a test, and bounded.
const RECORDED_EVENTS = 2000;
const LONGEST_RECORDED_FIELD = 2000;

export class Participants {
  readonly #lists: DataChannel | undefined;
  readonly #randomId: (prefix: string) => string;
  #channel: Participant | undefined;
  readonly #sidebands = new Set<Participant & { drop(): void }>();
  readonly #received: Recorded[] = [];
  readonly #sent: Recorded[] = [];

  constructor(lists: DataChannel | undefined, randomId: (prefix: string) => string) {
    this.#lists = lists;
    this.#randomId = randomId;
  }

  get sidebands(): number {
    return this.#sidebands.size;
  }

  /** The browser's; it is told that there are lists. */
  openChannel(channel: Participant): void {
    this.#channel = channel;
    if (!this.#lists) return;
    const message =
      "This data channel may send and gets only the events that the session's configuration names.";
    const event: LiveEvent = { type: "info", code: "data_channel_permissions", message };
    this.#sendToChannel(event, this.#stamp(event));
  }

  /** Adds a sideband, which gets every later event; nothing is sent for the joining itself. Returns how to leave. */
  attach(sideband: Participant & { drop(): void }): () => void {
    this.#sidebands.add(sideband);
    return () => this.#sidebands.delete(sideband);
  }

  /** Breaks the connections of all sidebands, and the session goes on; returns how many there were. */
  drop(): number {
    const dropped = [...this.#sidebands];
    this.#sidebands.clear();
    for (const sideband of dropped) sideband.drop();
    return dropped.length;
  }

  send(event: LiveEvent): void {
    const text = this.#stamp(event);
    this.#sendToChannel(event, text);
    this.toSidebands(text);
  }

  /** Copies of the audio, and load: as it is, and not recorded. */
  toSidebands(text: string): void {
    for (const sideband of this.#sidebands) sideband.send(text);
  }

  recordReceived(message: string, from: "data_channel" | "sideband"): void {
    const event = parseMessage(message);
    const isObject = typeof event === "object" && event !== null;
    record(this.#received, { ...(isObject ? event : { unreadable: message }), from });
  }

  end(): void {
    this.#channel?.end();
    for (const sideband of this.#sidebands) sideband.end();
    this.#sidebands.clear();
  }

  report() {
    return { client_events: this.#received, server_events: this.#sent };
  }

  #sendToChannel(event: LiveEvent, text: string): void {
    if (gets(this.#lists ?? {}, event)) this.#channel?.send(text);
  }

  #stamp(event: LiveEvent): string {
    const stamped = { event_id: this.#randomId("event"), ...event };
    record(this.#sent, stamped);
    return JSON.stringify(stamped);
  }
}

const record = (events: Recorded[], event: Recorded): void => {
  const short = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === "string" && value.length > LONGEST_RECORDED_FIELD
      ? `(${value.length} characters)`
      : value,
  ]);
  events.push(Object.fromEntries(short));
  if (events.length > RECORDED_EVENTS) events.shift();
};

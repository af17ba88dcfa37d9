// What was sent and received in a session, for tests: bounded, and without the audio.

export type Event = Record<string, unknown>;

// Enough for a test or an hour of talk.
const RECORDED_EVENTS = 5000;
const LONGEST_RECORDED_FIELD = 2000;

export class EventRecord {
  readonly #events: Event[] = [];

  get all(): readonly Event[] {
    return this.#events;
  }

  add(event: Event): void {
    // Audio is left out: it would fill the memory, and no test reads it.
    const short = Object.entries(event).map(([key, value]) => [
      key,
      typeof value === "string" && value.length > LONGEST_RECORDED_FIELD
        ? `(${value.length} characters)`
        : value,
    ]);
    this.#events.push(Object.fromEntries(short));
    if (this.#events.length > RECORDED_EVENTS) this.#events.shift();
  }

  /** One message of a client, unparsed. */
  addMessage(message: string): void {
    this.add(parse(message));
  }
}

const parse = (message: string): Event => {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null ? { ...value } : { unreadable: message };
  } catch {
    return { unreadable: message };
  }
};

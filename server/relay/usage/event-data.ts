// Reads the data of server-sent events while their bytes pass, and holds none of them.

const [LINE_FEED, CARRIAGE_RETURN, COLON] = [0x0a, 0x0d, 0x3a];
const FIELD = Buffer.from("data");

export interface EventDataPorts {
  /** A part of an event's data. */
  onData(bytes: Buffer, start: number, end: number): void;
  /** The event has ended. */
  onEventEnd(): void;
}

// What the current line is: its first bytes, a line of data, or another.
const [BEGUN, DATA, OTHER] = [0, 1, 2];

/** Lines end with a line feed, with or without a carriage return before it, as OpenAI's do. */
export class EventDataReader {
  readonly #ports: EventDataPorts;
  #line = BEGUN;
  /** How many bytes of the line's beginning are those of `data`. */
  #matched = 0;
  /** Whether the current event has had no line so far. */
  #isEventEmpty = true;

  constructor(ports: EventDataPorts) {
    this.#ports = ports;
  }

  /** Whether the last event has ended and nothing of another has come. */
  get isBetweenEvents(): boolean {
    return this.#isEventEmpty && this.#line === BEGUN && this.#matched === 0;
  }

  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const found = bytes.indexOf(LINE_FEED, at);
      const end = found === -1 ? bytes.length : found;
      const start = this.#line === BEGUN ? this.#begin(bytes, at, end) : at;
      if (this.#line === DATA && start < end) this.#ports.onData(bytes, start, end);
      if (found !== -1) this.#endLine();
      at = end + 1;
    }
  }

  // Reads the line's name; returns the offset after it.
  #begin(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const byte = bytes[at];
      at += 1;
      if (this.#matched === 0 && byte === CARRIAGE_RETURN) continue;
      const isName = this.#matched < FIELD.length && byte === FIELD[this.#matched];
      if (isName) this.#matched += 1;
      else {
        this.#line = this.#matched === FIELD.length && byte === COLON ? DATA : OTHER;
        break;
      }
    }
    return at;
  }

  #endLine(): void {
    this.#isEventEmpty = this.#line === BEGUN && this.#matched === 0;
    if (this.#isEventEmpty) this.#ports.onEventEnd();
    this.#line = BEGUN;
    this.#matched = 0;
  }
}

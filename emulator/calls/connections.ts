// Who is connected to a session: the caller, and the sidebands beside the caller.

/** The data channel of a call, or a WebSocket. */
export interface Connection {
  send(text: string): void;
  /** Closes it, with the code where it is a WebSocket. */
  close(code: number): void;
  /** Breaks it without a farewell. */
  drop(): void;
}

export class Connections {
  #caller: Connection | undefined;
  readonly #sidebands = new Set<Connection>();

  /** How many sidebands there are. */
  get sidebands(): number {
    return this.#sidebands.size;
  }

  join(caller: Connection): void {
    this.#caller = caller;
  }

  /** Returns how to leave. */
  attach(sideband: Connection): () => void {
    this.#sidebands.add(sideband);
    return () => this.#sidebands.delete(sideband);
  }

  send(text: string): void {
    this.#caller?.send(text);
    for (const sideband of this.#sidebands) sideband.send(text);
  }

  closeCaller(code: number): void {
    this.#caller?.close(code);
    this.#caller = undefined;
  }

  closeSidebands(code: number): void {
    for (const sideband of this.#sidebands) sideband.close(code);
    this.#sidebands.clear();
  }

  /** Returns how many there were. */
  dropSidebands(): number {
    const dropped = this.#sidebands.size;
    for (const sideband of this.#sidebands) sideband.drop();
    this.#sidebands.clear();
    return dropped;
  }
}

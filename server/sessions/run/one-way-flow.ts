// Passes messages from one end of a carried session to the other, no faster than the other takes them.
import type { Timers } from "../../clock.ts";
import type { CarriedSocket } from "../../upstream/calls.ts";

/** More than an answer's sound of some seconds; then the sending end is paused. */
const MOST_WAITING_BYTES = 1024 * 1024;
const FEW_WAITING_BYTES = 256 * 1024;
/** An end that takes nothing for so long is taken to be gone: behind it the session could not be watched over. */
const STUCK_MS = 10_000;

export class OneWayFlow {
  readonly #from: CarriedSocket;
  readonly #to: CarriedSocket;
  readonly #timers: Pick<Timers, "after">;
  readonly #onStuck: () => void;
  #waitingBytes = 0;
  #cancelStuck: (() => void) | undefined;

  constructor(from: CarriedSocket, to: CarriedSocket, timers: Pick<Timers, "after">, onStuck: () => void) {
    this.#from = from;
    this.#to = to;
    this.#timers = timers;
    this.#onStuck = onStuck;
  }

  pass(message: Buffer): void {
    const { length } = message;
    this.#waitingBytes += length;
    this.#to.forward(message, () => this.#sent(length));
    if (this.#waitingBytes <= MOST_WAITING_BYTES || this.#cancelStuck) return;
    this.#from.pause();
    this.#cancelStuck = this.#timers.after(STUCK_MS, this.#onStuck);
  }

  stop(): void {
    this.#cancelStuck?.();
  }

  #sent(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (!this.#cancelStuck || this.#waitingBytes > FEW_WAITING_BYTES) return;
    this.#cancelStuck();
    this.#cancelStuck = undefined;
    this.#from.resume();
  }
}

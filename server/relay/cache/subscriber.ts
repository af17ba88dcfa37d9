// One caller's place in a shared response.
import type { Flow, Recipient } from "../../upstream/relay.ts";

/** How a shared response reaches its subscribers. */
export interface Delivery {
  /** Notes whether a subscriber takes no more at the moment. */
  setWaiting(subscriber: Subscriber, isWaiting: boolean): void;
  /** Gives a subscriber all that has come, and the end, as long as it does not wait. */
  deliver(subscriber: Subscriber): void;
  /** Pauses upstream while all subscribers wait, and else lets it go on. */
  pace(): void;
}

/** It is the flow that its recipient pauses. */
export class Subscriber implements Flow {
  /** Bytes delivered. */
  bytes = 0;
  isWaiting = false;
  /** The number of the next chunk to deliver. */
  next: number;
  readonly recipient: Recipient;
  readonly #delivery: Delivery;

  constructor(delivery: Delivery, recipient: Recipient, next: number) {
    this.#delivery = delivery;
    this.recipient = recipient;
    this.next = next;
  }

  pause(): void {
    this.#delivery.setWaiting(this, true);
    this.#delivery.pace();
  }

  resume(): void {
    this.#delivery.setWaiting(this, false);
    this.#delivery.deliver(this);
    this.#delivery.pace();
  }
}

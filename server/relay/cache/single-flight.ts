// Single-flight: one response for several callers who asked for the same, each at their own pace.
import type { Flow, Recipient } from "../../upstream/relay.ts";
import type { BufferMemory, SharedBuffer } from "./buffer-memory.ts";
import { ChunkBuffer } from "./chunk-buffer.ts";
import type { CachedResponse } from "./response-cache.ts";
import { type Delivery, Subscriber } from "./subscriber.ts";

export interface SharedResponseOptions {
  /** Bytes of one response that are buffered, and that a subscriber may be behind the fastest. */
  maxBytes: number;
  memory: BufferMemory;
  /** Called with a response that has come whole and was not too large. */
  onWhole(response: CachedResponse): void;
  /** Called when the response has ended, or no subscriber is left. */
  onOver(): void;
}

const TOO_SLOW = "the answer was taken too slowly while others waited for the rest of it";

/**
 * Takes a response from upstream. The fastest subscriber sets the pace; upstream pauses only while all of them do. A subscriber
 * more than `maxBytes` behind is cut off: no caller can hold the others up, or fill the memory.
 */
export class SharedResponse implements Recipient, SharedBuffer, Delivery {
  readonly #options: SharedResponseOptions;
  readonly #abandoned = new AbortController();
  readonly #subscribers = new Set<Subscriber>();
  #waiting = 0;
  #head: Omit<CachedResponse, "body"> | undefined;
  #flow: Flow | undefined;
  #isPaused = false;
  readonly #chunks = new ChunkBuffer();
  /** Bytes that have come. */
  #length = 0;
  #isOver = false;

  constructor(options: SharedResponseOptions) {
    this.#options = options;
  }

  /** Aborts when no subscriber is left. */
  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Whether another may subscribe: not after its beginning was dropped, nor after its end. */
  get isOpen(): boolean {
    return this.#chunks.hasAll && !this.#isOver;
  }

  /** The recipient gets the response from its beginning. What is returned ends that, for this recipient alone. */
  subscribe(recipient: Recipient): (reason: Error) => void {
    const subscriber = new Subscriber(this, recipient, this.#chunks.first);
    this.#subscribers.add(subscriber);
    if (this.#head) this.#begin(subscriber, this.#head);
    this.pace();
    return (reason) => {
      if (!this.#subscribers.has(subscriber)) return;
      this.#cut(subscriber, reason);
      this.pace();
      if (this.#isOver || this.#subscribers.size > 0) return;
      this.#end();
      this.#abandoned.abort(new Error("no subscriber is left"));
    };
  }

  onHead(status: number, headers: Readonly<Record<string, string>>, flow: Flow): void {
    this.#head = { status, headers };
    this.#flow = flow;
    for (const each of [...this.#subscribers]) this.#begin(each, this.#head);
    this.pace();
  }

  /** The chunk is held as long as a subscriber needs it: it must be no part of something much larger. */
  onData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#chunks.add(chunk);
    this.#length += chunk.length;
    for (const each of [...this.#subscribers]) this.deliver(each);
    const { maxBytes, memory } = this.#options;
    if (!this.#chunks.hasAll || this.#length > maxBytes) this.#dropDelivered(maxBytes);
    memory.set(this, this.#chunks.bytes);
    this.pace();
  }

  onEnd(): void {
    if (this.#isOver) return;
    if (this.#head && this.#chunks.hasAll) {
      this.#options.onWhole({ ...this.#head, body: this.#chunks.whole() });
    }
    this.#end();
    for (const each of [...this.#subscribers]) this.deliver(each);
  }

  onBreak(reason: Error): void {
    if (this.#isOver) return;
    this.#end();
    for (const each of [...this.#subscribers]) this.#cut(each, reason);
  }

  shrink(): boolean {
    const before = this.#chunks.bytes;
    this.#dropDelivered(0);
    return this.#chunks.bytes < before;
  }

  pace(): void {
    const shouldPause = this.#subscribers.size > 0 && this.#waiting === this.#subscribers.size;
    if (this.#isOver || shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#flow?.pause();
    else this.#flow?.resume();
  }

  setWaiting(subscriber: Subscriber, isWaiting: boolean): void {
    if (subscriber.isWaiting === isWaiting || !this.#subscribers.has(subscriber)) return;
    subscriber.isWaiting = isWaiting;
    this.#waiting += isWaiting ? 1 : -1;
  }

  deliver(subscriber: Subscriber): void {
    while (!subscriber.isWaiting && this.#subscribers.has(subscriber)) {
      const chunk = this.#chunks.at(subscriber.next);
      if (!chunk) break;
      subscriber.next += 1;
      subscriber.bytes += chunk.length;
      this.#tell(subscriber, () => subscriber.recipient.onData(chunk));
    }
    if (!this.#isOver || subscriber.bytes < this.#length || !this.#subscribers.has(subscriber)) return;
    this.#tell(subscriber, () => subscriber.recipient.onEnd());
    this.#remove(subscriber);
  }

  #begin(subscriber: Subscriber, { status, headers }: Omit<CachedResponse, "body">): void {
    this.#tell(subscriber, () => subscriber.recipient.onHead(status, headers, subscriber));
    this.deliver(subscriber);
  }

  /** The fault of one recipient ends nothing for the others. */
  #tell(subscriber: Subscriber, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#cut(subscriber, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #cut(subscriber: Subscriber, reason: Error): void {
    if (!this.#remove(subscriber) || !this.#head) return;
    try {
      subscriber.recipient.onBreak(reason);
    } catch {
      // Its connection is closed already; the other subscribers go on.
    }
  }

  #remove(subscriber: Subscriber): boolean {
    this.setWaiting(subscriber, false);
    const wasThere = this.#subscribers.delete(subscriber);
    if (this.#isOver && this.#subscribers.size === 0) this.#dropBefore(this.#chunks.end);
    return wasThere;
  }

  /** Drops what all subscribers have got, and cuts off those that are more than `maxLag` bytes behind. */
  #dropDelivered(maxLag: number): void {
    const furthest = Math.max(0, ...[...this.#subscribers].map(({ bytes }) => bytes));
    for (const each of [...this.#subscribers]) {
      if (each.bytes < furthest && this.#length - each.bytes > maxLag) this.#cut(each, new Error(TOO_SLOW));
    }
    this.#dropBefore(Math.min(this.#chunks.end, ...[...this.#subscribers].map(({ next }) => next)));
  }

  #dropBefore(index: number): void {
    this.#chunks.dropBefore(index);
    this.#options.memory.set(this, this.#chunks.bytes);
  }

  #end(): void {
    this.#isOver = true;
    this.#options.onOver();
    if (this.#subscribers.size === 0) this.#dropBefore(this.#chunks.end);
  }
}

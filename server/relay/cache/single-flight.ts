// One answer for several callers who asked the same: each gets all of it, from the beginning, at their own pace.
import type { Flow, Recipient } from "../../upstream/relay.ts";
import type { BufferMemory } from "./buffer-memory.ts";
import type { CachedResponse } from "./response-cache.ts";

export interface SharedAnswer {
  /** Takes the answer from upstream. */
  readonly source: Recipient;
  /** Ends when no subscriber is left. */
  readonly signal: AbortSignal;
  /** Whether another may still subscribe: not when too much has passed to be remembered, nor when all is over. */
  readonly isOpen: boolean;
  /** The recipient gets the answer from its beginning. What is returned ends that, for this recipient alone. */
  subscribe(recipient: Recipient): (reason: Error) => void;
}

export interface SharedAnswerOptions {
  /** How much of one answer is remembered, and how far a subscriber may fall behind the fastest. */
  maxBytes: number;
  memory: BufferMemory;
  /** Hears of an answer that has come whole and was not too large. */
  onWhole(answer: CachedResponse): void;
}

interface Subscriber {
  recipient: Recipient;
  /** The next chunk to be delivered, counted from the answer's first. */
  next: number;
  /** Bytes delivered. */
  bytes: number;
  /** Whether it takes no more at the moment. */
  isWaiting: boolean;
}

const TOO_SLOW = "the answer was taken too slowly while others waited for the rest of it";

/**
 * The fastest subscriber sets the pace; upstream waits only while all of them do. One who falls more than `maxBytes`
 * behind is cut off, so that nobody can hold an answer up for the others, nor fill the memory with it.
 */
export const createSharedAnswer = ({ maxBytes, memory, onWhole }: SharedAnswerOptions): SharedAnswer => {
  const abandoned = new AbortController();
  const subscribers = new Set<Subscriber>();
  let waiting = 0;
  let head: Omit<CachedResponse, "body"> | undefined;
  let flow: Flow | undefined;
  let isPaused = false;
  // The chunks from `first` on, counted from the answer's first.
  const chunks: Uint8Array[] = [];
  let first = 0;
  let held = 0;
  let length = 0;
  let remembersAll = true;
  let isOver = false;

  const pace = (): void => {
    const shouldPause = subscribers.size > 0 && waiting === subscribers.size;
    if (isOver || shouldPause === isPaused) return;
    isPaused = shouldPause;
    if (shouldPause) flow?.pause();
    else flow?.resume();
  };
  const setWaiting = (subscriber: Subscriber, isWaiting: boolean): void => {
    if (subscriber.isWaiting === isWaiting || !subscribers.has(subscriber)) return;
    subscriber.isWaiting = isWaiting;
    waiting += isWaiting ? 1 : -1;
  };
  const remove = (subscriber: Subscriber): boolean => {
    setWaiting(subscriber, false);
    const wasThere = subscribers.delete(subscriber);
    if (isOver && subscribers.size === 0) drop(chunks.length);
    return wasThere;
  };
  const drop = (count: number): void => {
    if (count === 0) return;
    const dropped = chunks.splice(0, count);
    first += dropped.length;
    for (const chunk of dropped) held -= chunk.length;
    memory.set(holder, held);
  };
  const cut = (subscriber: Subscriber, reason: Error): void => {
    if (!remove(subscriber) || !head) return;
    try {
      subscriber.recipient.onBreak(reason);
    } catch {
      // It has gone already: the others are still there.
    }
  };
  /** One recipient's fault ends nothing for the others. */
  const tell = (subscriber: Subscriber, what: () => void): void => {
    try {
      what();
    } catch (error) {
      cut(subscriber, error instanceof Error ? error : new Error(String(error)));
    }
  };
  const deliver = (subscriber: Subscriber): void => {
    const { recipient } = subscriber;
    while (!subscriber.isWaiting && subscribers.has(subscriber)) {
      const chunk = chunks[subscriber.next - first];
      if (!chunk) break;
      subscriber.next += 1;
      subscriber.bytes += chunk.length;
      tell(subscriber, () => recipient.onData(chunk));
    }
    if (!isOver || subscriber.bytes < length || !subscribers.has(subscriber)) return;
    tell(subscriber, () => recipient.onEnd());
    remove(subscriber);
  };
  const begin = (subscriber: Subscriber, { status, headers }: NonNullable<typeof head>): void => {
    const own: Flow = {
      pause: () => {
        setWaiting(subscriber, true);
        pace();
      },
      resume: () => {
        setWaiting(subscriber, false);
        deliver(subscriber);
        pace();
      },
    };
    tell(subscriber, () => subscriber.recipient.onHead(status, headers, own));
    deliver(subscriber);
  };
  /** Drops what all have got, and those who are more than `maxLag` bytes behind. */
  const forget = (maxLag: number): void => {
    remembersAll = false;
    const furthest = Math.max(0, ...[...subscribers].map(({ bytes }) => bytes));
    for (const each of [...subscribers]) {
      if (each.bytes < furthest && length - each.bytes > maxLag) cut(each, new Error(TOO_SLOW));
    }
    const needed = Math.min(first + chunks.length, ...[...subscribers].map(({ next }) => next));
    drop(needed - first);
  };
  const holder = {
    shrink: () => {
      const before = held;
      forget(0);
      return held < before;
    },
  };
  const end = (): void => {
    isOver = true;
    if (subscribers.size === 0) drop(chunks.length);
  };

  return {
    signal: abandoned.signal,
    get isOpen() {
      return remembersAll && !isOver;
    },
    subscribe: (recipient) => {
      const subscriber = { recipient, next: first, bytes: 0, isWaiting: false };
      subscribers.add(subscriber);
      if (head) begin(subscriber, head);
      pace();
      return (reason) => {
        if (!subscribers.has(subscriber)) return;
        cut(subscriber, reason);
        pace();
        if (isOver || subscribers.size > 0) return;
        end();
        abandoned.abort(new Error("no subscriber is left"));
      };
    },
    source: {
      onHead: (status, headers, upstream) => {
        head = { status, headers };
        flow = upstream;
        for (const each of [...subscribers]) begin(each, head);
        pace();
      },
      onData: (chunk) => {
        if (isOver) return;
        chunks.push(chunk);
        length += chunk.length;
        held += chunk.length;
        for (const each of [...subscribers]) deliver(each);
        if (!remembersAll || length > maxBytes) forget(maxBytes);
        memory.set(holder, held);
        pace();
      },
      onEnd: () => {
        if (isOver) return;
        if (head && remembersAll) onWhole({ ...head, body: Buffer.concat(chunks) });
        end();
        for (const each of [...subscribers]) deliver(each);
      },
      onBreak: (reason) => {
        if (isOver) return;
        end();
        for (const each of [...subscribers]) cut(each, reason);
      },
    },
  };
};

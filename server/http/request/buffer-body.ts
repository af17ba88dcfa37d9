// Buffers a request's body while it arrives, and counts its memory.

import type { IncomingMessage } from "node:http";
import { Failure } from "../../failures/failure.ts";
import type { BodyLease, BodyTurns } from "./body-memory.ts";

export interface BufferOptions {
  /** Bytes, where the request states them. */
  length: number | undefined;
  maxBytes: number;
  /** Released when the body is refused. */
  lease: Pick<BodyLease, "release" | "take">;
  turns: BodyTurns;
  /** Called with each chunk. What it throws refuses the body. */
  onChunk?: ((chunk: Buffer) => void) | undefined;
  /** Called after each chunk with a buffer whose first `end` bytes have arrived. What it throws refuses the body. */
  onBytes?: ((bytes: Buffer, end: number) => void) | undefined;
}

/** A body up to this size arrives in one chunk. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Resolves with the whole body. Rejects with `request-too-large` as soon as it has more than `maxBytes`; with what taking
 * memory or a callback throws, once the body has ended; with an `AbortError` when the caller disconnects.
 */
export const bufferBody = (incoming: IncomingMessage, options: BufferOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const body = new BufferedBody(options);
    const onData = (chunk: Buffer): void => {
      if (!body.add(chunk)) {
        incoming.off("data", onData).resume();
        reject(tooLarge(options.maxBytes));
      }
      // Node may read megabytes of one connection before it reads the next.
      const isLong = body.receivedBytes > CHUNK_BYTES;
      if (isLong && !options.turns.mayGoOn(chunk.length, () => incoming.resume())) incoming.pause();
    };
    const onClose = (): void => reject(callerLeft());
    incoming.on("data", onData);
    incoming.on("close", onClose);
    incoming.once("end", () => {
      // The listeners would be kept until the answer has ended.
      incoming.off("data", onData).off("close", onClose);
      body.end(resolve, reject);
    });
  });

class BufferedBody {
  receivedBytes = 0;
  readonly #options: BufferOptions;
  readonly #arriving: ArrivingBytes;
  #fault: { error: unknown } | undefined;

  constructor(options: BufferOptions) {
    this.#options = options;
    this.#arriving = new ArrivingBytes(options.length ?? Number.POSITIVE_INFINITY);
  }

  /** False where the body has become too large. */
  add(chunk: Buffer): boolean {
    const { maxBytes, lease, onChunk, onBytes } = this.#options;
    this.receivedBytes += chunk.length;
    if (this.receivedBytes > maxBytes) {
      this.#drop();
      return false;
    }
    // A client that is still sending might not read an answer: the rest of a refused body is received and dropped.
    if (this.#fault) return true;
    try {
      lease.take(chunk.length);
      this.#arriving.add(chunk);
      onChunk?.(chunk);
      onBytes?.(this.#arriving.bytes, this.#arriving.length);
    } catch (error) {
      this.#fault = { error };
      this.#drop();
    }
    return true;
  }

  end(resolve: (bytes: Buffer) => void, reject: (error: unknown) => void): void {
    if (this.#fault) reject(this.#fault.error);
    else resolve(this.#arriving.take());
  }

  #drop(): void {
    this.#arriving.take();
    this.#options.lease.release();
  }
}

/** The caller's disconnecting is no failure of the service. */
export const callerLeft = (): Error => new DOMException("the caller left", "AbortError");

// The rest of the body is still to arrive on this connection, where the next request would be expected.
export const tooLarge = (maxBytes: number): Failure =>
  new Failure("request-too-large", `The body may have ${maxBytes} bytes.`, {
    headers: { connection: "close" },
  });

const MIN_BYTES = 16 * 1024;
/** Each growth copies what has arrived; a large factor keeps the copies few. */
const GROWTH = 4;
const noBytes = Buffer.alloc(0);

/**
 * One buffer instead of a list of chunks: of a body that arrives byte by byte, each chunk would be an object. The part of the
 * buffer that is not filled yet takes no memory of the machine.
 */
export class ArrivingBytes {
  /** The first `length` bytes have arrived. */
  bytes: Buffer = noBytes;
  length = 0;
  readonly #expected: number;

  /** At most `expected` bytes are added; infinity where the body's length is not known. */
  constructor(expected: number) {
    this.#expected = expected;
  }

  add(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0 && length === this.#expected) this.bytes = chunk;
    else {
      if (length > this.bytes.length) this.#grow(length);
      chunk.copy(this.bytes, this.length);
    }
    this.length = length;
  }

  /** Returns all bytes and keeps no reference to them. */
  take(): Buffer {
    const all = this.bytes.subarray(0, this.length);
    this.bytes = noBytes;
    return all;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#expected, Math.max(MIN_BYTES, GROWTH * length)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

// Minimum send rate: a client that sends a body slower than this is refused, so that it does not hold a connection for ever.
import { MIN_BYTES_PER_SECOND } from "./minimum-read-rate.ts";

/** A request whose body has not arrived whole. */
export interface IncompleteRequest {
  /** Tells the requests of a connection apart. */
  request: object;
  /** Bytes that have arrived on its connection. */
  receivedBytes: number;
  /** Whether bytes wait in our buffer to be read: then the client cannot send more. */
  isPaused: boolean;
  /** Whether the body may be a large upload. */
  isUpload: boolean;
}

export interface MinimumSendRate<Connection> {
  /**
   * Whether a connection's request is too slow; undefined for a connection without an incomplete one. To be asked every half
   * second or so; `now` is in milliseconds of a monotonic clock.
   */
  isTooSlow(connection: Connection, request: IncompleteRequest | undefined, now: number): boolean;
  remove(connection: Connection): void;
}

/** The start of the period that is being measured. */
interface Mark {
  request: object;
  at: number;
  receivedBytes: number;
}

/** A body must arrive whole within `periodMs`; an upload may take longer, at the minimum rate in each period. */
export const minimumSendRate = <Connection>(periodMs: number): MinimumSendRate<Connection> => {
  const leastBytes = (periodMs / 1000) * MIN_BYTES_PER_SECOND;
  const marks = new Map<Connection, Mark>();
  return {
    remove: (connection) => marks.delete(connection),
    isTooSlow: (connection, incomplete, now) => {
      if (!incomplete) {
        marks.delete(connection);
        return false;
      }
      const { request, receivedBytes, isPaused, isUpload } = incomplete;
      const mark = marks.get(connection);
      if (mark?.request !== request || (isUpload && isPaused)) {
        marks.set(connection, { request, at: now, receivedBytes });
        return false;
      }
      if (now - mark.at <= periodMs) return false;
      if (!isUpload || receivedBytes - mark.receivedBytes < leastBytes) return true;
      marks.set(connection, { request, at: now, receivedBytes });
      return false;
    },
  };
};

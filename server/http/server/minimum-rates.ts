// Minimum rates: a client that sends a body or reads an answer more slowly is disconnected.

const MIN_BYTES_PER_SECOND = 1024;

const leastIn = (periodMs: number): number => (periodMs / 1000) * MIN_BYTES_PER_SECOND;

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

/** Minimum send rate: so that a client does not hold a connection for ever. */
export interface MinimumSendRate<Connection> {
  /**
   * Whether a connection's request is too slow; undefined for a connection without an incomplete one. To be asked every half
   * second or so; `now` is in milliseconds of a monotonic clock.
   */
  isTooSlow(connection: Connection, request: IncompleteRequest | undefined, now: number): boolean;
  remove(connection: Connection): void;
}

/** The start of the period that is being measured. */
interface SendMark {
  request: object;
  at: number;
  receivedBytes: number;
}

/** A body must arrive whole within `periodMs`; an upload may take longer, at the minimum rate in each period. */
export const minimumSendRate = <Connection>(periodMs: () => number): MinimumSendRate<Connection> => {
  const marks = new Map<Connection, SendMark>();
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
      if (now - mark.at <= periodMs()) return false;
      if (!isUpload || receivedBytes - mark.receivedBytes < leastIn(periodMs())) return true;
      marks.set(connection, { request, at: now, receivedBytes });
      return false;
    },
  };
};

/** What matters here of a socket. */
interface Writable {
  /** Bytes that were written and that the system has not yet accepted. */
  readonly writableLength: number;
  /** Bytes that were ever written. */
  readonly bytesWritten: number;
  destroy(): unknown;
}

/** Minimum read rate: so that answers do not pile up in memory. */
export interface MinimumReadRate<Connection extends Writable> {
  add(connection: Connection): void;
  remove(connection: Connection): void;
  /** Disconnects clients that are too slow. To be called every half second or so; `now` is in milliseconds of a monotonic clock. */
  enforce(now: number): void;
}

/** The start of the period that is being measured. */
interface ReadMark {
  at: number;
  /** Bytes that the system had accepted by then. */
  sent: number;
}

/** Measures each period of `periodMs` in which bytes were waiting for the client without a pause. */
export const minimumReadRate = <Connection extends Writable>(
  periodMs: () => number,
): MinimumReadRate<Connection> => {
  /** Undefined for a connection where nothing waits. */
  const marks = new Map<Connection, ReadMark | undefined>();
  return {
    add: (connection) => marks.set(connection, undefined),
    remove: (connection) => marks.delete(connection),
    enforce: (now) => {
      for (const [connection, mark] of marks) {
        const sent = connection.bytesWritten - connection.writableLength;
        if (connection.writableLength === 0) marks.set(connection, undefined);
        else if (mark === undefined) marks.set(connection, { at: now, sent });
        else if (now - mark.at <= periodMs()) continue;
        else if (sent - mark.sent < leastIn(periodMs())) connection.destroy();
        else marks.set(connection, { at: now, sent });
      }
    },
  };
};

// Minimum read rate: a client that reads an answer slower than this is disconnected, so that answers do not pile up in memory.

/** What matters here of a socket. */
interface Writable {
  /** Bytes that were written and that the system has not yet accepted. */
  readonly writableLength: number;
  /** Bytes that were ever written. */
  readonly bytesWritten: number;
  destroy(): unknown;
}

export interface MinimumReadRate<Connection extends Writable> {
  add(connection: Connection): void;
  remove(connection: Connection): void;
  /** Disconnects clients that are too slow. To be called every half second or so; `now` is in milliseconds of a monotonic clock. */
  enforce(now: number): void;
}

/** The start of the period that is being measured. */
interface Mark {
  at: number;
  /** Bytes that the system had accepted by then. */
  sent: number;
}

export const MIN_BYTES_PER_SECOND = 1024;

/** Measures each period of `periodMs` in which bytes were waiting for the client without a pause. */
export const minimumReadRate = <Connection extends Writable>(
  periodMs: number,
): MinimumReadRate<Connection> => {
  const leastBytes = (periodMs / 1000) * MIN_BYTES_PER_SECOND;
  /** Undefined for a connection where nothing waits. */
  const marks = new Map<Connection, Mark | undefined>();
  return {
    add: (connection) => marks.set(connection, undefined),
    remove: (connection) => marks.delete(connection),
    enforce: (now) => {
      for (const [connection, mark] of marks) {
        const sent = connection.bytesWritten - connection.writableLength;
        if (connection.writableLength === 0) marks.set(connection, undefined);
        else if (mark === undefined) marks.set(connection, { at: now, sent });
        else if (now - mark.at <= periodMs) continue;
        else if (sent - mark.sent < leastBytes) connection.destroy();
        else marks.set(connection, { at: now, sent });
      }
    },
  };
};

// Whoever takes an answer too slowly, or not at all, does not keep it in our memory for ever.

/** What of a socket matters here. */
interface Reader {
  /** Bytes that were written and that the system has not yet taken. */
  readonly writableLength: number;
  /** Bytes that were ever written. */
  readonly bytesWritten: number;
  destroy(): unknown;
}

export interface SlowReaders<Connection extends Reader> {
  add(connection: Connection): void;
  remove(connection: Connection): void;
  /** To be called now and then, with milliseconds of a monotonic clock. */
  sweep(now: number): void;
}

interface Mark {
  at: number;
  /** Bytes that had been taken then. */
  taken: number;
}

/** Whoever has something to take takes so much of it. */
export const MIN_BYTES_PER_SECOND = 1024;

/** Cuts off connections that have had something to take, without a pause, and took next to nothing for `patienceMs`. */
export const slowReaders = <Connection extends Reader>(patienceMs: number): SlowReaders<Connection> => {
  const enough = (patienceMs / 1000) * MIN_BYTES_PER_SECOND;
  /** Since when each has had something to take; undefined for those that have taken all. */
  const marks = new Map<Connection, Mark | undefined>();
  return {
    add: (connection) => marks.set(connection, undefined),
    remove: (connection) => marks.delete(connection),
    sweep: (now) => {
      for (const [connection, mark] of marks) {
        const taken = connection.bytesWritten - connection.writableLength;
        if (connection.writableLength === 0) marks.set(connection, undefined);
        else if (mark === undefined) marks.set(connection, { at: now, taken });
        else if (now - mark.at <= patienceMs) continue;
        else if (taken - mark.taken < enough) connection.destroy();
        else marks.set(connection, { at: now, taken });
      }
    },
  };
};

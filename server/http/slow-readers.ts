// Whoever takes an answer too slowly, or not at all, does not keep it in our memory for ever.

/** What of a socket matters here. */
interface Reader {
  /** Bytes that were written and that the system has not yet taken. */
  readonly writableLength: number;
  destroy(): unknown;
}

export interface SlowReaders<Connection extends Reader> {
  add(connection: Connection): void;
  remove(connection: Connection): void;
  /** To be called now and then, with milliseconds of a monotonic clock. */
  sweep(now: number): void;
}

/** Cuts off connections that have had something to take, without a pause, for longer than `patienceMs`. */
export const slowReaders = <Connection extends Reader>(patienceMs: number): SlowReaders<Connection> => {
  /** Since when each has had something to take; undefined for those that have taken all. */
  const since = new Map<Connection, number | undefined>();
  return {
    add: (connection) => since.set(connection, undefined),
    remove: (connection) => since.delete(connection),
    sweep: (now) => {
      for (const [connection, start] of since) {
        if (connection.writableLength === 0) since.set(connection, undefined);
        else if (start === undefined) since.set(connection, now);
        else if (now - start > patienceMs) connection.destroy();
      }
    },
  };
};

// Whoever sends a body too slowly does not hold a connection for ever.
import { MIN_BYTES_PER_SECOND } from "./slow-readers.ts";

/** A request that has not arrived whole. */
export interface Sending {
  /** Something that is the same as long as it is the same request. */
  request: object;
  /** Bytes that have come in on its connection. */
  received: number;
  /** Whether some of them wait for us to read on: then the sender can do nothing. */
  isHeldUp: boolean;
  /** Whether its body is passed on, and may take as long as it comes at all; else it has its time for all of it. */
  mayTakeLong: boolean;
}

export interface SlowSenders<Connection> {
  /** To be called now and then, with milliseconds of a monotonic clock. True when the connection's time is up. */
  isLate(connection: Connection, sending: Sending | undefined, now: number): boolean;
  remove(connection: Connection): void;
}

interface Mark {
  request: object;
  at: number;
  received: number;
}

/** Each request has `patienceMs` to arrive; one that may take long has so much for every piece of it. */
export const slowSenders = <Connection>(patienceMs: number): SlowSenders<Connection> => {
  const enough = (patienceMs / 1000) * MIN_BYTES_PER_SECOND;
  const marks = new Map<Connection, Mark>();
  return {
    remove: (connection) => marks.delete(connection),
    isLate: (connection, sending, now) => {
      if (!sending) {
        marks.delete(connection);
        return false;
      }
      const { request, received, isHeldUp, mayTakeLong } = sending;
      const mark = marks.get(connection);
      if (mark?.request !== request || (mayTakeLong && isHeldUp)) {
        marks.set(connection, { request, at: now, received });
        return false;
      }
      if (now - mark.at <= patienceMs) return false;
      if (!mayTakeLong || received - mark.received < enough) return true;
      marks.set(connection, { request, at: now, received });
      return false;
    },
  };
};

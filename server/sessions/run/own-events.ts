// The ids of events that the service sends in a session, by which it knows its own. Pure.

export interface OwnEvents {
  /** Begins the ids of the next events: another each time, which the page cannot guess. */
  next(): string;
  has(eventId: string | undefined): boolean;
}

/** Errors come soon after what they are about. */
const MAX_KNOWN = 64;

export const createOwnEvents = (randomId: () => string): OwnEvents => {
  const prefixes: string[] = [];
  return {
    next: () => {
      const prefix = `${randomId()}_`;
      prefixes.push(prefix);
      if (prefixes.length > MAX_KNOWN) prefixes.shift();
      return prefix;
    },
    has: (eventId) => eventId !== undefined && prefixes.some((prefix) => eventId.startsWith(prefix)),
  };
};

// Draining: whether this instance is about to end, whether it accepts new work, and how much of its work is in flight.

export interface Lifecycle {
  /** It is about to end, so nothing more should be sent to it. */
  readonly draining: boolean;
  /** It refuses new work. */
  readonly refusing: boolean;
  /** How much work is in flight. */
  readonly inFlight: number;
  enter(): void;
  leave(): void;
  /** Calls `end` when draining begins, for work that would not end by itself. Returns how to forget it. */
  onDrain(end: () => void): () => void;
  /** New work is still accepted. */
  drain(): void;
  /** Refuses new work from now on; resolves when the work in flight has ended. */
  refuse(): Promise<void>;
}

export const createLifecycle = (): Lifecycle => {
  let inFlight = 0;
  const idle = Promise.withResolvers<void>();
  let draining = false;
  let refusing = false;
  const endings = new Set<() => void>();
  const settle = () => refusing && inFlight === 0 && idle.resolve();
  const drain = (): void => {
    draining = true;
    for (const end of endings) end();
  };
  return {
    get draining() {
      return draining;
    },
    get refusing() {
      return refusing;
    },
    get inFlight() {
      return inFlight;
    },
    enter: () => {
      inFlight += 1;
    },
    leave: () => {
      inFlight -= 1;
      settle();
    },
    onDrain: (end) => {
      endings.add(end);
      if (draining) end();
      return () => void endings.delete(end);
    },
    drain,
    refuse: () => {
      drain();
      refusing = true;
      settle();
      return idle.promise;
    },
  };
};

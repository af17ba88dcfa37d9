// Draining: whether this instance accepts new work, and how much of its work is in flight.

export interface Lifecycle {
  readonly draining: boolean;
  /** How much work is in flight. */
  readonly inFlight: number;
  enter(): void;
  leave(): void;
  /** Calls `end` when draining begins, for work that would not end by itself. Returns how to forget it. */
  onDrain(end: () => void): () => void;
  /** Refuses new work from now on; resolves when the work in flight has ended. */
  drain(): Promise<void>;
}

export const createLifecycle = (): Lifecycle => {
  let inFlight = 0;
  const idle = Promise.withResolvers<void>();
  let draining = false;
  const endings = new Set<() => void>();
  const settle = () => draining && inFlight === 0 && idle.resolve();
  return {
    get draining() {
      return draining;
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
      return () => void endings.delete(end);
    },
    drain: () => {
      draining = true;
      for (const end of endings) end();
      settle();
      return idle.promise;
    },
  };
};

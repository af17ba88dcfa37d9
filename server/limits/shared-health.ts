// Whether shared state is worth asking: a circuit breaker for Redis.

/** What a circuit breaker needs of Redis. */
export interface SharedState {
  /** Whether a command can be sent now. */
  readonly ready: boolean;
  ping(): Promise<unknown>;
}

export interface SharedHealth {
  /** False while disconnected, and after many failures in a row until a ping is answered. */
  isUsable(): boolean;
  onAnswered(): void;
  onFailed(): void;
}

/** So many answers in a row that failed or came too late open the circuit. */
const MAX_FAILURES = 20;

export const createSharedHealth = (shared: SharedState): SharedHealth => {
  let failuresInARow = 0;
  let isPinging = false;

  const ping = async (): Promise<void> => {
    if (isPinging || !shared.ready) return;
    isPinging = true;
    try {
      await shared.ping();
      failuresInARow = 0;
    } catch {
      // The next request pings again.
    } finally {
      isPinging = false;
    }
  };

  return {
    isUsable: () => {
      if (failuresInARow < MAX_FAILURES) return shared.ready;
      void ping();
      return false;
    },
    onAnswered: () => {
      failuresInARow = 0;
    },
    onFailed: () => {
      failuresInARow += 1;
    },
  };
};

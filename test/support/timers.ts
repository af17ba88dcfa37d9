// Timers that fire when a test says so.

interface Timer {
  ms: number;
  keepsProcessAlive: boolean;
  run(): void;
  unref(): Timer;
}

/** `pending` are the timers that are set and not fired, in the order in which they were set. */
export const manualTimers = () => {
  const pending: Timer[] = [];
  const remove = (timer: Timer) => {
    if (pending.includes(timer)) pending.splice(pending.indexOf(timer), 1);
  };
  return {
    pending,
    setTimeout: ((run: () => void, ms: number) => {
      const unref = () => {
        timer.keepsProcessAlive = false;
        return timer;
      };
      const timer: Timer = { run, ms, keepsProcessAlive: true, unref };
      pending.push(timer);
      return timer;
    }) as unknown as typeof setTimeout,
    clearTimeout: remove as unknown as typeof clearTimeout,
    fireNext: () => {
      const [timer] = pending;
      if (!timer) throw new Error("no timer is set");
      remove(timer);
      timer.run();
    },
  };
};

// Runs the revocation sweep again and again, on a timer.
import type { Revocation } from "./revocation.ts";

/** A disabled user is cut off within a second: half of it between sweeps, half for the database and the way there. */
const PAUSE_MS = 500;

export type Timers = Pick<typeof globalThis, "setTimeout" | "clearTimeout">;

/** Sweeps after each pause, never twice at once. Does not keep the process alive. Returns how to stop. */
export const sweepRepeatedly = (
  { sweep }: Pick<Revocation, "sweep">,
  { setTimeout, clearTimeout }: Timers,
): (() => void) => {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    timer = setTimeout(() => void sweep().then(() => isStopped || schedule()), PAUSE_MS).unref();
  };
  schedule();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
};

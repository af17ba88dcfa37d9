// Sweeps for ended credentials as long as the service runs.
import type { Revocation } from "./revocation.ts";

/** What is open for a disabled user is cut within a second; half of it is for the database and the way there. */
const PAUSE_MS = 500;

/** Sweeps after each pause, never twice at once. Answers how to stop. */
export const sweepAgainAndAgain = ({ sweep }: Pick<Revocation, "sweep">): (() => void) => {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => void sweep().then(() => isStopped || wait()), PAUSE_MS).unref();
  };
  wait();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
};

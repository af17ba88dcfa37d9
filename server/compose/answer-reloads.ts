// A replica's part of `broker reload`: looks for requests in the database, and answers them.
import type { Timers } from "../clock.ts";
import type { ReloadRequests, Replica } from "./reload-requests.ts";
import type { ReloadOutcome } from "./reloads.ts";

interface Ports {
  requests: ReloadRequests;
  replica: Replica;
  reload(): Promise<ReloadOutcome>;
  timers: Pick<Timers, "after">;
}

/** How long the command may have to wait for a replica to notice. */
const PERIOD_MS = 1000;
/** Requests that were made meanwhile are answered together; those before them will not wait any more. */
const MOST_AT_ONCE = 20;

/** Requests that were made before it began are not its own. Disposing waits for the answer that is being written. */
export const answerReloads = ({ requests, replica, reload, timers }: Ports): AsyncDisposable => {
  let isStopped = false;
  let cancel = (): void => {};
  let seen: number | undefined;
  const look = async (): Promise<void> => {
    const newest = await requests.newest();
    seen ??= newest;
    if (newest <= seen) return;
    const first = Math.max(seen + 1, newest - MOST_AT_ONCE + 1);
    seen = newest;
    const asked = Array.from({ length: newest - first + 1 }, (_, index) => first + index);
    await requests.begin(asked, replica);
    await requests.end(asked, replica, await reload());
  };
  const lookAgain = async (): Promise<void> => {
    // While the database is away, others tell it.
    await look().catch(() => {});
    if (!isStopped) schedule();
  };
  let looking = Promise.resolve();
  const schedule = (): void => {
    cancel = timers.after(PERIOD_MS, () => {
      looking = lookAgain();
    });
  };
  looking = lookAgain();
  return {
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      cancel();
      await looking;
    },
  };
};

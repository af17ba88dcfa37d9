// Those who follow a session on any replica: what its owner tells is read from where replicas share it. States are read from the row.
import type { Timers } from "../../clock.ts";
import type { Told } from "../watchers/watcher.ts";
import type { Followers } from "./followers.ts";
import type { ToldLog } from "./told-log.ts";

interface Ports {
  local: Followers;
  log: ToldLog;
  /** Whether this replica watches over the session: then all is told here. */
  isHere(sessionId: string): boolean;
  timers: Pick<Timers, "after">;
}

/** Captions come in pieces of words: those of a moment are written together. */
const FLUSH_MS = 200;
const READ_MS = 400;
/** More than is said in that time. */
const MAX_WAITING = 200;

export const sharedFollowers = ({ local, log, isHere, timers }: Ports): Followers => {
  const waiting = new Map<string, Told[]>();

  const flush = (sessionId: string): void => {
    const told = waiting.get(sessionId) ?? [];
    waiting.delete(sessionId);
    // Pages elsewhere miss it: they learn of all states all the same.
    log.add(sessionId, told).catch(() => {});
  };

  const write = (sessionId: string, told: Told): void => {
    const before = waiting.get(sessionId);
    if (!before) {
      waiting.set(sessionId, [told]);
      timers.after(FLUSH_MS, () => flush(sessionId));
    } else if (before.length < MAX_WAITING) before.push(told);
  };

  /** Returns how to stop. */
  const read = (sessionId: string, onTold: (told: Told) => void): (() => void) => {
    let isStopped = false;
    let after: string | undefined;
    const look = async (): Promise<void> => {
      if (isHere(sessionId)) {
        after = undefined;
        return;
      }
      const { told, next } = await log.read(sessionId, after);
      after = next;
      if (!isStopped) for (const each of told) onTold(each);
    };
    const goOn = async (): Promise<void> => {
      await look().catch(() => {});
      if (!isStopped) cancel = timers.after(READ_MS, () => void goOn());
    };
    let cancel = () => {};
    void goOn();
    return () => {
      isStopped = true;
      cancel();
    };
  };

  return {
    tell: (sessionId, told) => {
      local.tell(sessionId, told);
      if (told.kind !== "state") write(sessionId, told);
    },
    follow: (sessionId, onTold) => {
      const unfollow = local.follow(sessionId, onTold);
      const stop = read(sessionId, onTold);
      return () => {
        unfollow();
        stop();
      };
    },
  };
};

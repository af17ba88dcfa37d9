// How sessions stand, for those who follow them on any replica: one query a second for all of them, and none while there are none.
import type { Timers } from "../../clock.ts";
import type { VoiceSession } from "../session.ts";
import type { Sessions } from "../sessions.ts";

export interface StateWatch {
  /**
   * Calls `onSession` once a second with the session as its row is, and with undefined where it is gone. Returns how to stop; undefined
   * where too many follow this session already.
   */
  watch(id: string, onSession: (session: VoiceSession | undefined) => void): (() => void) | undefined;
}

interface WatchPorts {
  sessions: Pick<Sessions, "list">;
  timers: Pick<Timers, "after">;
}

const PAUSE_MS = 1000;
/** A page and the one that it was reloaded to, in two tabs. */
const MAX_OF_SESSION = 4;
/** Names of sessions in one query. */
const MAX_IDS = 500;

export const createStateWatch = ({ sessions, timers }: WatchPorts): StateWatch => {
  const watching = new Map<string, Set<(session: VoiceSession | undefined) => void>>();
  let isPolling = false;

  const look = async (): Promise<void> => {
    const ids = [...watching.keys()];
    for (let from = 0; from < ids.length; from += MAX_IDS) {
      const some = ids.slice(from, from + MAX_IDS);
      const found = await sessions.list({ ids: some, limit: some.length });
      const byId = new Map(found.map((session) => [session.id, session]));
      for (const id of some) for (const onSession of [...(watching.get(id) ?? [])]) onSession(byId.get(id));
    }
  };

  const poll = async (): Promise<void> => {
    // A database that does not answer now is asked again in a second.
    await look().catch(() => {});
    schedule();
  };

  const schedule = (): void => {
    isPolling = watching.size > 0;
    if (isPolling) timers.after(PAUSE_MS, () => void poll());
  };

  return {
    watch: (id, onSession) => {
      const followers = watching.get(id) ?? new Set();
      if (followers.size >= MAX_OF_SESSION) return undefined;
      followers.add(onSession);
      watching.set(id, followers);
      if (!isPolling) schedule();
      return () => {
        followers.delete(onSession);
        if (followers.size === 0 && watching.get(id) === followers) watching.delete(id);
      };
    },
  };
};

// Voice sessions as they are now, asked for every second while the page is looked at, and those that ended lately.
import { useEffect, useRef, useState } from "preact/hooks";
import type { SessionList, VoiceSession } from "../api/answers.ts";
import { type Api, ApiError, type Problem } from "../api/api.ts";

export interface SeenSessions {
  /** The newest first; undefined until they are known. */
  open: readonly VoiceSession[] | undefined;
  ended: readonly VoiceSession[];
  problem: Problem | undefined;
}

/** As many as can be overlooked; asked for each second, more would be work for the service. */
export const MAX_SHOWN = 100;
const PAUSE_MS = 1000;

export const useSessions = (api: Api): SeenSessions => {
  const [seen, setSeen] = useState<SeenSessions>({ open: undefined, ended: [], problem: undefined });
  const before = useRef("none yet");
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (query: string): Promise<readonly VoiceSession[]> =>
      (await api.get<SessionList>(`sessions?${query}&limit=${MAX_SHOWN}`, signal)).sessions;
    const look = async (): Promise<void> => {
      try {
        const open = await load("open=true");
        const ids = open.map(({ id }) => id).join();
        // Who has ended is asked only when one is missing or new.
        const all = ids === before.current ? undefined : await load("open=false");
        before.current = ids;
        setSeen(({ ended }) => ({
          open,
          ended: all?.filter(({ state }) => state === "ended") ?? ended,
          problem: undefined,
        }));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setSeen((known) => ({ ...known, problem: error.problem }));
      }
    };
    const goOn = async (): Promise<void> => {
      if (!document.hidden) await look();
      if (!signal.aborted) timer = setTimeout(() => void goOn(), PAUSE_MS);
    };
    void goOn();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [api]);
  return seen;
};

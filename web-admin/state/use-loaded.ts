// What was loaded for a key: the last answer stays until the next is there, so that nothing jumps.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type Problem } from "../api/api.ts";

export interface Loaded<T> {
  data: T | undefined;
  problem: Problem | undefined;
  isLoading: boolean;
  /** Loads again, without showing that it does. */
  refresh(): void;
}

/** Loads when the key changes; `load` must depend on nothing else. */
export const useLoaded = <T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> => {
  const [answer, setAnswer] = useState<{ key: string; data?: T; problem?: Problem }>({ key: "" });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is loaded, the turn that it is loaded again
  useEffect(() => {
    const controller = new AbortController();
    latest.current(controller.signal).then(
      (data) => !controller.signal.aborted && setAnswer({ key, data }),
      (error) => {
        if (controller.signal.aborted) return;
        const problem =
          error instanceof ApiError ? error.problem : { status: 0, title: "Something failed", detail: "" };
        setAnswer(({ data }) => ({ key, problem, ...(data !== undefined && { data }) }));
      },
    );
    return () => controller.abort();
  }, [key, turn]);
  const refresh = useCallback(() => setTurn((before) => before + 1), []);
  return { data: answer.data, problem: answer.problem, isLoading: answer.key !== key, refresh };
};

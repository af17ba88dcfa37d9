// Ends a tool's run when its time is up or its caller has gone.
import type { Failure } from "../failure.ts";

export interface DeadlineOptions {
  timeoutMs: number;
  /** Asked only when something is waited for: following it costs more than most tools take. */
  callerSignal: () => AbortSignal;
  /** What to throw when the time is up. */
  onTimeout: () => Failure;
}

/** A signal that exists once somebody asks for it. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The work's result, or a rejection at the end of time; a tool that ignores its signal must not hold the caller. */
  hold<T>(work: Promise<T>): Promise<T>;
}

/** Counts from now. Nothing is set up for work that is done at once. */
export const deadline = ({ timeoutMs, callerSignal, onTimeout }: DeadlineOptions): Deadline => {
  let controller: AbortController | undefined;
  const ending = (): AbortController => {
    controller ??= new AbortController();
    return controller;
  };
  return {
    get signal() {
      return ending().signal;
    },
    hold: async (work) => {
      const { signal } = ending();
      const gone = callerSignal();
      const end = () => ending().abort(gone.reason);
      const timer = setTimeout(() => ending().abort(onTimeout()), timeoutMs);
      const ended = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => ended.reject(signal.reason), { once: true });
      if (gone.aborted) end();
      gone.addEventListener("abort", end, { once: true });
      try {
        return await Promise.race([work, ended.promise]);
      } catch (error) {
        // Whatever the tool made of the end, the end is the reason.
        throw signal.aborted ? signal.reason : error;
      } finally {
        clearTimeout(timer);
        gone.removeEventListener("abort", end);
      }
    },
  };
};

// A part of a check's time.
import type { Timers } from "../clock.ts";

export type StartLimit = (signal: AbortSignal, ms: number) => Limit;

/** Aborts when its time is up, or with the signal that it was made of. */
export interface Limit extends Disposable {
  signal: AbortSignal;
}

export const limitsBy =
  ({ after }: Pick<Timers, "after">): StartLimit =>
  (signal, ms) => {
    const controller = new AbortController();
    const cancel = after(ms, () => controller.abort(new Error(`no answer within ${ms / 1000} s`)));
    return { signal: AbortSignal.any([signal, controller.signal]), [Symbol.dispose]: cancel };
  };

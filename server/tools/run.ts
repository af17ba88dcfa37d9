// One run of a tool: its context, its time limit, and its end when the caller leaves.
import type { Caller } from "../auth/caller.ts";
import type { Clock, Timers } from "../clock.ts";
import type { RequestTrace } from "../observe/trace.ts";
import type { ToolContext } from "./tool.ts";

export interface RunOptions {
  clock: Clock;
  timers: Pick<Timers, "after">;
  caller: Caller;
  timeoutMs: number;
  /** Made only for a tool that returns a promise: following the connection costs more than most tools take. */
  callerSignal: () => AbortSignal;
  /** Undefined where the request is not traced. */
  trace: Pick<RequestTrace, "toolFields"> | undefined;
  /** The error to throw when the time is up. */
  onTimeout: () => Error;
}

export class ToolRun implements ToolContext {
  readonly clock: Clock;
  readonly caller: Caller;
  readonly #options: RunOptions;
  readonly #end = new AbortController();

  constructor(options: RunOptions) {
    this.clock = options.clock;
    this.caller = options.caller;
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get traceFields(): Readonly<Record<string, string>> | undefined {
    return this.#options.trace?.toolFields;
  }

  /** The work's result, or a rejection when the time is up, also for a tool that ignores its signal. */
  async hold<T>(work: Promise<T>): Promise<T> {
    const { timers, timeoutMs, callerSignal, onTimeout } = this.#options;
    const { signal } = this;
    const gone = callerSignal();
    const leave = () => this.#end.abort(gone.reason);
    const stopTimer = timers.after(timeoutMs, () => this.#end.abort(onTimeout()));
    const ended = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => ended.reject(signal.reason), { once: true });
    if (gone.aborted) leave();
    gone.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([work, ended.promise]);
    } catch (error) {
      // The tool may have rejected with an error of its own after the abort; the abort's reason is the true one.
      throw signal.aborted ? signal.reason : error;
    } finally {
      stopTimer();
      gone.removeEventListener("abort", leave);
    }
  }
}

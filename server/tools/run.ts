// One run of a tool: what the tool is given, and the end of its time.
import type { Caller } from "../auth/caller.ts";
import type { Clock } from "../clock.ts";
import type { ToolContext } from "./tool.ts";

export interface RunOptions {
  clock: Clock;
  caller: Caller;
  timeoutMs: number;
  /** Asked only when something is waited for: following it costs more than most tools take. */
  callerSignal: () => AbortSignal;
  /** Makes what is thrown when the time is up. */
  onTimeout: () => Error;
}

/** Nothing is set up for work that is done at once: the signal exists when somebody asks for it. */
export class ToolRun implements ToolContext {
  readonly clock: Clock;
  readonly caller: Caller;
  readonly #options: RunOptions;
  #ending: AbortController | undefined;

  constructor(options: RunOptions) {
    this.clock = options.clock;
    this.caller = options.caller;
    this.#options = options;
  }

  get #end(): AbortController {
    this.#ending ??= new AbortController();
    return this.#ending;
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** The work's result, or a rejection at the end of time: a tool that ignores its signal must not hold the caller. */
  async hold<T>(work: Promise<T>): Promise<T> {
    const { timeoutMs, callerSignal, onTimeout } = this.#options;
    const { signal } = this;
    const gone = callerSignal();
    const leave = () => this.#end.abort(gone.reason);
    const timer = setTimeout(() => this.#end.abort(onTimeout()), timeoutMs);
    const ended = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => ended.reject(signal.reason), { once: true });
    if (gone.aborted) leave();
    gone.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([work, ended.promise]);
    } catch (error) {
      // Whatever the tool made of the end, the end is the reason.
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
      gone.removeEventListener("abort", leave);
    }
  }
}

// Contains errors: what a listener throws for one connection ends that connection, and not the process.
import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";
import { redactStack } from "../../observe/redact.ts";

/**
 * Wraps a listener of one of the HTTP server's events. An error or a rejection calls `close` and is logged; thrown out of an
 * event listener it would end the process.
 */
export type Contain = <Args extends unknown[]>(
  event: string,
  close: (...args: NoInfer<Args>) => void,
  listener: (...args: Args) => unknown,
) => (...args: Args) => void;

export const containWith =
  (log: Pick<Log, "write">): Contain =>
  (event, close, listener) =>
  (...args) => {
    const fail = (error: unknown): void => {
      close(...args);
      const stack = error instanceof Error && { stack: redactStack(error.stack ?? "") };
      log.write("error", "connection-failed", { event, cause: describeCause(error), ...stack });
    };
    try {
      const result = listener(...args);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  };

// Keeps what goes wrong with one connection from being more than that.

import { describeCause } from "../../observe/describe-error.ts";
import type { Log } from "../../observe/log.ts";
import { redactStack } from "../../observe/redact.ts";

/**
 * Wraps a listener of the HTTP server's event: what it throws, or rejects with, closes the connection and is logged. Thrown
 * out of an event listener it would end the process.
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

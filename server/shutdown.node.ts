// Ends the process in good order: on a signal, or after an error that nobody caught.
import { describeCause } from "./observe/describe-error.ts";
import type { Log } from "./observe/log.ts";
import { redactStack } from "./observe/redact.ts";

export interface ShutdownPorts {
  log: Log & { flush(): void };
  countFatalError(): void;
  /** Takes no new work, lets requests in flight end, and closes what is open. */
  stop(): Promise<void>;
  /** After so many milliseconds the process ends, wherever `stop` stands. */
  withinMs: number;
}

/** An error that comes again and again, while the process ends, does not fill the log. */
const MAX_LOGGED = 20;

/**
 * Stops once, on SIGTERM or SIGINT with exit code 0. After an uncaught exception or an unhandled rejection nobody knows what state
 * the process is in: it stops in the same way, with exit code 1, for its supervisor to start it again.
 */
export const stopOnSignalOrFatalError = ({ log, countFatalError, stop, withinMs }: ShutdownPorts): void => {
  let stopping = false;
  let signals = 0;
  let fatalErrors = 0;
  const exit = (code: 0 | 1): never => {
    quietly(log.flush);
    process.exit(fatalErrors > 0 ? 1 : code);
  };
  const stopThenExit = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(exit, withinMs, 1);
    stop().then(
      () => exit(0),
      () => exit(1),
    );
  };
  // Unhandled rejections come here too, unless they have a listener of their own.
  process.on("uncaughtException", (error: unknown, origin) => {
    fatalErrors += 1;
    if (fatalErrors <= MAX_LOGGED) {
      quietly(() => {
        countFatalError();
        const stack = error instanceof Error && { stack: redactStack(error.stack ?? "") };
        log.write("error", "fatal-error", { origin, cause: describeCause(error), ...stack });
        log.flush();
      });
    }
    stopThenExit();
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      signals += 1;
      // Who asks twice does not want to wait.
      if (signals > 1) exit(1);
      stopThenExit();
    });
  }
};

// Thrown where it would be caught again, the failure to log an error would be the next error.
const quietly = (work: () => void): void => {
  try {
    work();
  } catch {}
};

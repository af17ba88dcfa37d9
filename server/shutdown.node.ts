// Ends the process in good order: on a signal, or after an uncaught error.
import { describeCause } from "./observe/describe-error.ts";
import type { Log } from "./observe/log.ts";
import { redactStack } from "./observe/redact.ts";

export interface ShutdownPorts {
  log: Log & { flush(): void };
  countFatalError(): void;
  /** Refuses new work, lets requests in flight end, and closes what is open. */
  stop(): Promise<void>;
  /** After this time, in milliseconds, the process ends even if `stop` has not. */
  withinMs(): number;
  /** SIGHUP ends a demo, whose terminal was closed; a service goes on. */
  hangup: "end" | (() => void);
}

/** Fatal errors that are logged: one that repeats while the process ends must not fill the log. */
const MAX_LOGGED = 20;

/**
 * Stops on SIGTERM or SIGINT with exit code 0; a second signal ends the process at once. After an uncaught exception or an
 * unhandled rejection the state of the process is unknown: it stops with exit code 1, and its supervisor starts it again.
 */
export const stopOnSignalOrFatalError = ({
  log,
  countFatalError,
  stop,
  withinMs,
  hangup,
}: ShutdownPorts): void => {
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
    setTimeout(exit, withinMs(), 1);
    stop().then(
      () => exit(0),
      () => exit(1),
    );
  };
  // Unhandled rejections are reported here too, as they have no listener of their own.
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
      if (signals > 1) exit(1);
      stopThenExit();
    });
  }
  if (hangup !== "end") process.on("SIGHUP", hangup);
};

// A failure to log an uncaught error would itself be an uncaught error.
const quietly = (work: () => void): void => {
  try {
    work();
  } catch {}
};

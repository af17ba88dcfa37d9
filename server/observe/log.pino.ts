// JSON lines on standard output, through pino.
import { destination, pino } from "pino";
import type { Log, LogLevel } from "./log.ts";

export interface JsonLog extends Log {
  /** Call it before the process ends. */
  flush(): void;
  setLevel(level: LogLevel): void;
}

/** A log that writes in blocks of 4 KiB, at least every 200 ms. */
export const jsonLog = (level: LogLevel): JsonLog => {
  const out = destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 200 });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, out);
  return {
    write: (severity, event, fields) => logger[severity](fields, event),
    flush: () => out.flushSync(),
    setLevel: (next) => {
      logger.level = next;
    },
  };
};

const formatters = { level: (label: string) => ({ level: label }) };

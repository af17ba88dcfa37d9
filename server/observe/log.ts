// The port of the log.

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "silent";

export interface Log {
  write(severity: "error" | "warn" | "info" | "debug", event: string, fields: Record<string, unknown>): void;
}

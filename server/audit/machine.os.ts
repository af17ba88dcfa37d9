// What the operating system says of this process and of the account that runs it.
import { hostname, userInfo } from "node:os";
import { setTimeout } from "node:timers/promises";

export const thisProcess = () => ({ host: hostname(), pid: process.pid, node: process.version });

/** An account without a name has its number. */
export const accountName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
};

/** Resolves after that many milliseconds, and keeps the process running until then. */
export const pause = (ms: number): Promise<void> => setTimeout(ms);

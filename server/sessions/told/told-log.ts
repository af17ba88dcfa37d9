// The port to what sessions tell their pages, for replicas that do not watch over them: kept for a minute, and lost without harm.
import type { Told } from "../watchers/watcher.ts";

export interface ToldLog {
  add(sessionId: string, told: readonly Told[]): Promise<void>;
  /** What was added since; `after` is the `next` of the reading before, undefined for what is added from now on. */
  read(sessionId: string, after: string | undefined): Promise<{ told: Told[]; next: string }>;
}

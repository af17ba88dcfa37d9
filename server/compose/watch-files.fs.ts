// Notices that files have changed, by looking at them each second.
import { stat } from "node:fs/promises";
import type { Timers } from "../clock.ts";

interface Ports {
  /** Asked each time, as a configuration may name others. One that is missing is watched until it is there. */
  files(): readonly string[];
  isWanted(): boolean;
  timers: Pick<Timers, "after">;
  onChange(): void;
}

/**
 * The system's own notices are not enough: they do not reach a container for a file mounted from outside, nor a network's folder, and a
 * Kubernetes volume or an editor replaces the file instead of writing it.
 */
const PERIOD_MS = 1000;

/** Tells of a change once the files have stayed the same for a period, so that one which is being written is read when it is whole. */
export const watchFiles = ({ files, isWanted, timers, onChange }: Ports): Disposable => {
  let isStopped = false;
  let cancel = (): void => {};
  let last: string | undefined;
  let isChanging = false;
  const look = async (): Promise<void> => {
    const now = (await Promise.all(files().map(stateOf))).join("\n");
    if (isStopped) return;
    const isOther = last !== undefined && now !== last;
    if (isChanging && !isOther && isWanted()) onChange();
    isChanging = isOther;
    last = now;
    cancel = timers.after(PERIOD_MS, () => void look());
  };
  void look();
  return {
    [Symbol.dispose]: () => {
      isStopped = true;
      cancel();
    },
  };
};

// Links are followed: a Kubernetes volume exchanges the folder behind them.
const stateOf = async (path: string): Promise<string> => {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${path} ${dev} ${ino} ${size} ${mtimeNs}`;
  } catch {
    return `${path} missing`;
  }
};

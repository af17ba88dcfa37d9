// Refusals by policy for the audit trail: the first of its kind at once, its repeats once a minute, so that a flood fills no disk.
import type { Timers } from "../clock.ts";
import type { AuditEntry } from "./entry.ts";

export interface Refusals {
  add(entry: AuditEntry): void;
}

const PERIOD_MS = 60_000;
/** Kinds of refusal that are told apart within a minute; the rest are counted together. */
const MAX_KINDS = 500;

interface Repeated {
  entry: AuditEntry;
  times: number;
}

/** Refusals are alike when they have the same actor, target, problem and route. */
export const countRepeats = (
  write: (entry: AuditEntry) => void,
  timers: Timers,
): Refusals & { flush(): void } => {
  let known = new Map<string, Repeated>();
  let cancel: (() => void) | undefined;
  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const ended = known;
    known = new Map();
    for (const { entry, times } of ended.values()) {
      if (times > 0) write({ ...entry, details: { ...entry.details, times } });
    }
  };
  return {
    add: (entry) => {
      cancel ??= timers.after(PERIOD_MS, flush);
      const { actor, target, details } = entry;
      const key = JSON.stringify([actor, target, details.problem, details.route]);
      const found = known.get(key) ?? (known.size >= MAX_KINDS ? known.get(REST) : undefined);
      if (found) {
        found.times += 1;
        found.entry = { ...found.entry, at: entry.at };
      } else if (known.size < MAX_KINDS) {
        known.set(key, { entry, times: 0 });
        write(entry);
      } else {
        const details = { problem: "several" };
        known.set(REST, { entry: { ...entry, actor: "several", target: undefined, details }, times: 1 });
      }
    },
    flush,
  };
};

const REST = "rest";

// What is known to be wrong with each upstream key, for operators: the last change of each.
import type { Clock } from "../clock.ts";
import type { KeyChange } from "./key-state.ts";

export interface KeyHealth {
  name: string;
  priority: number;
  isUsable: boolean;
  /** Undefined where nothing is known to be wrong. */
  problem: string | undefined;
  /** Since when it is as it is, in milliseconds since 1970; undefined where it never changed. */
  sinceMs: number | undefined;
}

export interface KeyHealthRecorder {
  change(key: string, change: KeyChange): void;
  /** Of a key that has gone nothing is known any more. */
  forget(key: string): void;
  /** In the order of the configuration. */
  read(): readonly KeyHealth[];
}

interface HealthKey {
  name: string;
  priority: number;
}

export const createKeyHealth = <Key extends HealthKey>(
  keys: () => readonly Key[],
  isUsable: (key: Key) => boolean,
  clock: Pick<Clock, "now">,
): KeyHealthRecorder => {
  const last = new Map<
    string,
    { change: KeyChange["kind"]; problem: string | undefined; at: number; endsAt: number }
  >();
  return {
    change: (name, change) => {
      if (change.kind === "suspect") return;
      // Another secret does not make the place any better.
      if (change.kind === "replaced" && isOfPlace(last.get(name)?.change)) return;
      const at = clock.now();
      const endsAt = change.kind === "limited" ? at + change.waitMs : Number.POSITIVE_INFINITY;
      last.set(name, { change: change.kind, problem: problemOf(change), at, endsAt });
    },
    forget: (name) => void last.delete(name),
    read: () =>
      keys().map((key) => {
        const { problem, at, endsAt = 0 } = last.get(key.name) ?? {};
        const isOver = endsAt <= clock.now();
        return {
          name: key.name,
          priority: key.priority,
          isUsable: isUsable(key),
          problem: isOver ? undefined : problem,
          sinceMs: isOver ? undefined : at,
        };
      }),
  };
};

const isOfPlace = (change: KeyChange["kind"] | undefined): boolean =>
  change === "out" || change === "limited";

const problemOf = (change: KeyChange): string | undefined => {
  switch (change.kind) {
    case "out":
      return `cannot be reached (${change.family}); a probe a second finds out when it can`;
    case "invalid":
      return "OpenAI does not know it, or its account (401)";
    case "no-quota":
      return "its account has no money left, or may spend no more";
    case "limited":
      return `OpenAI limits it for ${Math.ceil(change.waitMs / 1000)} s`;
    case "restricted":
      return `may not use ${change.endpoint}`;
    case "token-missing":
      return "its workload identity gives no access token; the log says why";
    case "suspect":
    case "back":
    case "valid":
    case "quota":
    case "replaced":
    case "token-first":
    case "token-back":
      return undefined;
  }
};

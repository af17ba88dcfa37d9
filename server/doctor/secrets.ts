// Secrets behind references: whether each can be read now, and how old it is.
import type { Clock } from "../clock.ts";
import { about } from "./about.ts";
import type { Check, Finding } from "./finding.ts";

export interface ExaminedSecret {
  /** Where the reference stands, such as `upstream_keys[0].secret`. */
  at: string;
  /** The reference, as it is written. */
  secret: string;
  /** Why it could not be read; undefined where it could. */
  problem: string | undefined;
  /** When it was last changed in its store, in milliseconds since 1970, where the store tells. */
  changedAt: number | undefined;
}

export interface SecretPorts {
  check(): Promise<readonly ExaminedSecret[]>;
  clock: Pick<Clock, "now">;
}

const DAY_MS = 86_400_000;
const OLD_DAYS = 365;

export const secretsCheck = ({ check, clock }: SecretPorts): Check => ({
  ...{ id: "secrets", title: "Secrets" },
  run: async () => {
    const all = await check();
    const found = all.flatMap((secret) => judge(secret, clock.now()));
    if (found.some(({ level }) => level === "fault")) return found;
    const count = all.length === 1 ? "1 reference" : `${all.length} references`;
    return [about(count).ok("secrets", "can be read"), ...found];
  },
});

const judge = ({ at, secret, problem, changedAt }: ExaminedSecret, now: number): Finding[] => {
  const on = about(at);
  if (problem !== undefined) {
    return [
      on.fault(
        "secrets.unread",
        `${secret} ${problem}`,
        "A running service goes on with the value that it read last; one that starts waits for it, and then gives up.",
        "Look at its store, and at what the service may read there; `broker secrets check` asks again.",
      ),
    ];
  }
  const days = changedAt === undefined ? 0 : Math.floor((now - changedAt) / DAY_MS);
  if (days <= OLD_DAYS) return [];
  return [on.note("secrets.old", `${secret} is ${days} days old`, "Consider a new one.", { ageDays: days })];
};

// Runs doctor's checks: side by side where they are independent, each within its time; one that throws is a finding.
import type { Timers } from "../clock.ts";
import { redact } from "../observe/redact.ts";
import { explainConnectionError } from "./connection-error.ts";
import { type Check, type Finding, nameOf } from "./finding.ts";

/** What came of one check. */
export interface Examined {
  id: string;
  subject: string | undefined;
  title: string;
  group: string;
  findings: readonly Finding[];
  /** The name of the check whose fault makes this one meaningless. */
  skippedFor?: string;
}

export interface RunPorts {
  timers: Pick<Timers, "after">;
}

const CHECK_MS = 10_000;

/** The heading of checks that name none. */
const OWN_GROUP = "This service";

/** Answers in the order of the checks. Never rejects. A check that `needs` one that is not among them does not wait for it. */
export const runChecks = async (checks: readonly Check[], ports: RunPorts): Promise<readonly Examined[]> => {
  const running = new Map<Check, Promise<Examined>>();
  const start = (check: Check): Promise<Examined> => {
    const known = running.get(check);
    if (known) return known;
    const examined = examine(check);
    running.set(check, examined);
    return examined;
  };
  const examine = async (check: Check): Promise<Examined> => {
    const { id, subject, title, group = OWN_GROUP } = check;
    const common = { id, subject, title, group };
    const needed = await Promise.all(checks.filter((other) => isNeeded(check, other)).map(start));
    const failed = needed.find(isFaulty);
    // Of a chain of skipped checks, each names the one at fault.
    if (failed) return { ...common, findings: [], skippedFor: failed.skippedFor ?? nameOf(failed) };
    return { ...common, findings: await findingsOf(check, ports) };
  };
  return Promise.all(checks.map(start));
};

const isNeeded = ({ needs = [] }: Check, other: Check): boolean =>
  needs.includes(other.id) || needs.includes(nameOf(other));

const isFaulty = ({ findings, skippedFor }: Examined): boolean =>
  skippedFor !== undefined || findings.some(({ level }) => level === "fault");

const findingsOf = async (check: Check, { timers }: RunPorts): Promise<readonly Finding[]> => {
  const { id, subject = "", title, timeoutMs = CHECK_MS } = check;
  const controller = new AbortController();
  const late = Promise.withResolvers<readonly Finding[]>();
  const cancel = timers.after(timeoutMs, () => {
    const seconds = timeoutMs / 1000;
    late.resolve([
      {
        ...{ check: `${id}.unfinished`, level: "fault", subject },
        title: `not finished within ${seconds} s`,
        cause: `The check “${title}” got no answer in its time.`,
        fix: "Look whether something on the way holds connections, such as a firewall, and try again.",
      },
    ]);
    controller.abort(new Error(`no answer within ${seconds} s`));
  });
  try {
    // A check that does not heed its signal is left behind.
    return await Promise.race([check.run(controller.signal), late.promise]);
  } catch (error) {
    if (controller.signal.aborted) return late.promise;
    return [brokenFinding(id, subject, error)];
  } finally {
    cancel();
  }
};

// The connection, or a defect of the check.
const brokenFinding = (id: string, subject: string, error: unknown): Finding => {
  const common = { check: `${id}.broken`, level: "fault", subject } as const;
  const { kind, cause, fix } = explainConnectionError(error);
  if (kind !== "other") return { ...common, title: "the connection broke", cause, fix };
  return {
    ...{ ...common, title: "could not be looked at" },
    cause: `The check itself failed: ${redact(error instanceof Error ? error.message : String(error))}`,
    fix: "Run it again with --only; if it fails again, report this text.",
  };
};

// Doctor over a configuration of the test's own, and what it finds.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemTimers } from "../../server/clock.ts";
import { type DoctorWorld, openDoctor } from "../../server/compose/doctor.ts";
import { createDisposal } from "../../server/disposal.ts";
import type { Finding } from "../../server/doctor/finding.ts";
import { type Examined, runChecks } from "../../server/doctor/run.ts";

export interface Patient {
  env: Record<string, string>;
  /** The text of broker.yaml. */
  yaml?: string | undefined;
  withSession?: boolean;
  world?: DoctorWorld;
}

export interface Diagnosis {
  examined: readonly Examined[];
  findings: readonly Finding[];
  /** What is wrong, by id, once each. */
  wrong: readonly string[];
}

const GROUP = "OpenAI";

/** Examines OpenAI's side; of a configuration that cannot be read, what is wrong with it. */
export const diagnose = async ({ env, yaml, withSession = true, world }: Patient): Promise<Diagnosis> => {
  const folder = mkdtempSync(join(tmpdir(), "broker-doctor-"));
  const file = join(folder, "broker.yaml");
  writeFileSync(file, yaml ?? "callers: { guests: loopback }\n");
  try {
    await using opened = createDisposal();
    const given = { DATABASE_URL: "sqlite::memory:", ...env, BROKER_CONFIG: file };
    const checks = await openDoctor(given, { withSession }, opened, world);
    const ours = checks.length === 1 ? checks : checks.filter(({ group }) => group === GROUP);
    const examined = await runChecks(ours, { timers: systemTimers });
    const findings = examined.flatMap((each) => each.findings);
    const wrong = findings.filter(({ level }) => level === "fault" || level === "warning");
    return { examined, findings, wrong: [...new Set(wrong.map(({ check }) => check))] };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

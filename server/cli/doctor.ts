// `broker doctor`: looks at everything that the service needs, and says what is wrong and what to do.
import { parseArgs } from "node:util";
import { systemTimers } from "../clock.ts";
import { type DoctorOptions, openDoctor } from "../compose/doctor.ts";
import type { Environment } from "../config/load.ts";
import { createDisposal } from "../disposal.ts";
import type { Check } from "../doctor/finding.ts";
import { type Examined, runChecks } from "../doctor/run.ts";
import { suggestNames } from "../names.ts";
import { hasCredentials } from "../net/url-credentials.ts";
import { doctorText, verdictText, wrapped } from "./doctor-text.ts";
import { CommandError, type Terminal } from "./terminal.ts";

interface DoctorCommand extends DoctorOptions {
  only: readonly string[];
  isStrict: boolean;
  json: boolean;
}

/** Resolves to the exit code: 1 where there are faults, or warnings with --strict. Throws a `CommandError` for misuse. */
export const doctor = async (
  env: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> => {
  const command = readDoctor(words);
  await using opened = createDisposal();
  const checks = chosen(await openDoctor(env, command, opened), command.only);
  if (!command.json) terminal.print(`${wrapped(announcement(checks, command.withSession), terminal)}\n`);
  const examined = await runChecks(checks, { timers: systemTimers });
  const isHealthy = !hasLevel(examined, "fault") && !(command.isStrict && hasLevel(examined, "warning"));
  if (command.json) terminal.print(JSON.stringify(asJson(examined, isHealthy)));
  else terminal.print(`${doctorText(examined, terminal)}\n\n${verdictText(examined, terminal)}`);
  return isHealthy ? 0 : 1;
};

const options = {
  only: { type: "string", multiple: true, default: [] as string[] },
  page: { type: "string" },
  url: { type: "string" },
  "no-session": { type: "boolean", default: false },
  strict: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

/** Reads the words behind `doctor`. Throws a `CommandError`. */
export const readDoctor = (words: readonly string[]): DoctorCommand => {
  const { values, positionals } = parsed(words);
  if (positionals.length > 0) throw misused(`doctor takes no ${positionals[0]}`);
  const only = values.only.flatMap((names) => names.split(",")).filter((name) => name !== "");
  // All of them would cost money that was not meant to be spent.
  if (values.only.length > 0 && only.length === 0) throw misused("--only: name one check at least");
  return {
    only,
    page: values.page === undefined ? undefined : addressIn("--page", values.page),
    url: values.url === undefined ? undefined : addressIn("--url", values.url),
    withSession: !values["no-session"],
    isStrict: values.strict,
    json: values.json,
  };
};

const parsed = (words: readonly string[]) => {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

const addressIn = (option: string, text: string): string => {
  if (/^https?:/i.test(text) && URL.canParse(text) && !hasCredentials(text)) return text;
  throw misused(`${option}: must be an address such as https://voice.example.com`);
};

const chosen = (checks: readonly Check[], only: readonly string[]): readonly Check[] => {
  if (only.length === 0) return checks;
  const known = [...new Set(checks.map(({ id }) => id))];
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw misused(`--only: there is no check ${unknown}${suggestNames(unknown, known)}`);
  }
  return checks.filter(({ id }) => only.includes(id));
};

const announcement = (checks: readonly Check[], withSession: boolean): string => {
  const costs = [...new Set(checks.flatMap(({ cost }) => cost ?? []))];
  if (costs.length > 0) return `Costs money at OpenAI, unless --no-session is given: ${costs.join("; ")}.`;
  return withSession ? "Nothing of this costs money." : "Without a session, nothing of this costs money.";
};

const hasLevel = (examined: readonly Examined[], wanted: string): boolean =>
  examined.some(({ findings }) => findings.some(({ level }) => level === wanted));

const asJson = (examined: readonly Examined[], ok: boolean) => ({
  ok,
  checks: examined.map(({ id, subject = null, title, group, findings, skippedFor }) => ({
    ...{ id, subject, title, group, skipped_for: skippedFor ?? null },
    findings: findings.map(({ cause = null, fix = null, figures = {}, ...finding }) => ({
      ...{ ...finding, cause, fix, figures },
    })),
  })),
});

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);

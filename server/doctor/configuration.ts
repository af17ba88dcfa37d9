// What `broker check` says of the configuration, as findings.
import { about } from "./about.ts";
import type { Check, Finding } from "./finding.ts";

export interface ConfigurationPorts {
  check(): Promise<{
    /** The file that was read; undefined where there is none. */
    file: string | undefined;
    problems: readonly string[];
    warnings: readonly string[];
  }>;
}

export const configurationCheck = ({ check }: ConfigurationPorts): Check => ({
  ...{ id: "configuration", title: "Settings" },
  run: async () => {
    const { file, problems, warnings } = await check();
    const whole = file ?? "the environment";
    const found = [
      ...problems.map((text) => told("configuration.mistake", "fault", whole, text)),
      ...warnings.map((text) => told("configuration.doubtful", "warning", whole, text)),
    ];
    if (found.length > 0) return found;
    return [about(whole).ok("configuration", "is right: the service would start with it")];
  },
});

/** `upstream_keys[0].secret: is …` begins with its place, and says what to do. */
const told = (check: string, level: "fault" | "warning", whole: string, text: string): Finding => {
  const colon = text.indexOf(": ");
  const [subject, title] = colon === -1 ? [whole, text] : [text.slice(0, colon), text.slice(colon + 2)];
  return { check, level, subject, title };
};

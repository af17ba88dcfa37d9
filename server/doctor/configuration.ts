// What `broker check` says of the configuration, as findings.
import { about } from "./about.ts";
import type { Check } from "./finding.ts";

export interface ConfigurationPorts {
  check(): Promise<{
    /** The file that was read, or is missing; undefined where there is none. */
    file: string | undefined;
    problems: readonly string[];
    warnings: readonly string[];
  }>;
}

export const configurationCheck = ({ check }: ConfigurationPorts): Check => ({
  ...{ id: "configuration", title: "Configuration" },
  run: async () => {
    const { file, problems, warnings } = await check();
    const on = about(file ?? "the environment");
    const found = [
      ...problems.map((problem) => {
        const [at, what] = split(problem);
        const cause = "The service does not start with it.";
        return about(at ?? file ?? "the environment").fault(
          "configuration.mistake",
          what,
          cause,
          "Correct it.",
        );
      }),
      ...warnings.map((warning) => {
        const [at, what] = split(warning);
        const cause = "The service starts with it, but it may cost money or safety.";
        return about(at ?? file ?? "the environment").warning(
          "configuration.doubtful",
          what,
          cause,
          "Change it, or accept it.",
        );
      }),
    ];
    return problems.length > 0 || warnings.length > 0
      ? found
      : [on.ok("configuration", "is right: the service would start with it")];
  },
});

/** `upstream_keys[0].secret: is …` begins with its place. */
const split = (text: string): [at: string | undefined, what: string] => {
  const colon = text.indexOf(": ");
  return colon === -1 ? [undefined, text] : [text.slice(0, colon), text.slice(colon + 2)];
};

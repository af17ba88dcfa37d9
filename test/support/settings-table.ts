// The README's table of settings, made from the rows that the service itself reads.
import { settingNames, settings } from "../../server/config/settings.ts";

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** A Markdown table: one line per setting, in the order of the source. */
export const settingsTable = (): string =>
  [
    row(["Setting", "Environment", "Default", "What it does"]),
    "|---|---|---|---|",
    ...settingNames.map((name) => {
      const { env, default: fallback, doc } = settings[name];
      return row([`\`${name}\``, `\`${env}\``, fallback === undefined ? "—" : `\`${fallback}\``, doc]);
    }),
  ].join("\n");

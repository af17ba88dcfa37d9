// The page of the plain settings, from the rows that the service reads.
import { settingNames, settings } from "../../server/config/settings.ts";
import { code, page, plain, table } from "./markdown.ts";

export const settingsPage = (): string =>
  page(
    "Settings",
    `Each is set in the environment, or under \`settings\` in \`broker.yaml\`; the environment decides. Variables may stand in \`.env\`
beside that file. \`BROKER_CONFIG\` names another file than \`./broker.yaml\`. An empty variable counts as unset.
The last column says whether a change takes effect [while the service runs](../reload.md); in the environment itself, each needs a restart.`,
    table(
      ["Setting", "Environment", "Default", "What it does", "A change"],
      settingNames.map((name) => {
        const { env, default: fallback, doc, reload } = settings[name];
        const written = fallback === undefined ? "—" : code(String(fallback));
        const change = reload === "live" ? "at once" : "needs a restart";
        return [code(name), code(env), written, plain(doc), change];
      }),
    ),
  );

// The page of the plain settings, from the rows that the service reads.
import { settingNames, settings } from "../../server/config/settings.ts";
import { code, page, plain, table } from "./markdown.ts";

export const settingsPage = (): string =>
  page(
    "Settings",
    `Each is set in the environment, or under \`settings\` in \`broker.yaml\`; the environment decides. Variables may stand in \`.env\`
beside that file. \`BROKER_CONFIG\` names another file than \`./broker.yaml\`. An empty variable counts as unset.`,
    table(
      ["Setting", "Environment", "Default", "What it does"],
      settingNames.map((name) => {
        const { env, default: fallback, doc } = settings[name];
        return [code(name), code(env), fallback === undefined ? "—" : code(String(fallback)), plain(doc)];
      }),
    ),
  );

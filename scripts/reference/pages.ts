// The reference pages of the documentation, each made from what it describes.
import { brokerYamlPage } from "./broker-yaml.ts";
import { clientPage } from "./client.ts";
import { commandLinePage } from "./command-line.ts";
import { errorsPage } from "./errors.ts";
import { metricsPage } from "./metrics.ts";
import { routesPage } from "./routes.ts";
import { settingsPage } from "./settings.ts";

/** By the name of the file under docs/reference. */
export const referencePages: Readonly<Record<string, () => string | Promise<string>>> = {
  "settings.md": settingsPage,
  "broker-yaml.md": brokerYamlPage,
  "routes.md": routesPage,
  "errors.md": errorsPage,
  "metrics.md": metricsPage,
  "command-line.md": commandLinePage,
  "client.md": clientPage,
};

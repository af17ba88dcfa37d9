// Has the configuration read anew when a file or a secret has changed that it was read from.
import { dirname, resolve } from "node:path";
import type { Timers } from "../clock.ts";
import type { ConfigurationSource } from "./configuration.ts";
import type { Reloads } from "./reloads.ts";
import type { Service } from "./service.ts";
import { watchFiles } from "./watch-files.fs.ts";

interface Ports {
  source: Pick<ConfigurationSource, "files" | "onSecretsChanged">;
  service: Pick<Service, "config">;
  reloads: Reloads;
  timers: Pick<Timers, "after">;
}

/** Secrets always, files unless `reload` says otherwise. Disposing it ends the watching of files. */
export const reloadOnChange = ({ source, service, reloads, timers }: Ports): Disposable => {
  source.onSecretsChanged(() => void reloads.reload("secret"));
  return watchFiles({
    files: () => [...source.files(), ...descriptionsIn(service.config())],
    isWanted: () => service.config().settings.reload === "watch",
    ...{ timers, onChange: () => void reloads.reload("file") },
  });
};

const descriptionsIn = ({ openapi, file }: ReturnType<Service["config"]>): string[] =>
  openapi
    .map(({ document }) => document)
    .filter((place) => !/^https?:/.test(place))
    .map((place) => resolve(dirname(file ?? ""), place));

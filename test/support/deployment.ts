// The replicas that deploy/ describes, as processes of this machine, with the settings of the compose file.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type ServiceProcess, startProcess } from "./process.ts";
import { readSource } from "./source.ts";
import { freePort, until } from "./wait.ts";

/** The environment of a service in the compose file; its secrets are files in `folder`, where those are written that are given. */
export const composeEnvironment = (
  service: string,
  folder: string,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> => {
  for (const [name, secret] of Object.entries(secrets)) writeFileSync(join(folder, name), `${secret}\n`);
  const { services } = parse(readSource("deploy/compose/compose.yaml"), { merge: true });
  return Object.fromEntries(
    Object.entries<string>(services[service].environment).map(([name, value]) => [
      name,
      value.replace("file:/run/secrets", `file:${folder}`),
    ]),
  );
};

export interface Replica {
  url: string;
  process: ServiceProcess;
  /** As a service manager does it: SIGTERM, the end, a new process at the same address that says it is ready. */
  restart(): Promise<void>;
}

/** Starts a replica on a port that stays its own. */
export const startReplica = async (env: Record<string, string>, yaml: string): Promise<Replica> => {
  const port = await freePort();
  const start = () => startProcess({ ...env, PORT: String(port), METRICS_PORT: "0" }, yaml);
  const replica: Replica = {
    url: `http://127.0.0.1:${port}`,
    process: start(),
    restart: async () => {
      replica.process.signal("SIGTERM");
      const code = await replica.process.exited;
      if (code !== 0) throw new Error(`it ended with ${code}: ${replica.process.output.slice(-2000)}`);
      replica.process = start();
      await isReady(replica.url);
    },
  };
  await isReady(replica.url);
  return replica;
};

const isReady = (url: string): Promise<void> =>
  until("the replica is ready", () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );

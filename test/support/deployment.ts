// The replicas that deploy/ describes, as processes of this machine, with the settings of the compose file.
import { parse } from "yaml";
import { type ServiceProcess, startProcess } from "./process.ts";
import { readSource } from "./source.ts";
import { freePort, until } from "./wait.ts";

/** The environment of a service in the compose file; secrets are read from what is given. */
export const composeEnvironment = (
  service: string,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> => {
  const { services } = parse(readSource("deploy/compose/compose.yaml"), { merge: true });
  return Object.fromEntries(
    Object.entries<string>(services[service].environment).map(([name, value]) => {
      const [, secret] = /^file:\/run\/secrets\/(.+)$/.exec(value) ?? [];
      return [name, secret ? (secrets[secret] ?? missing(secret)) : value];
    }),
  );
};

const missing = (name: string): never => {
  throw new Error(`the test has no secret ${name}`);
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

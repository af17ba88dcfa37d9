// Composes doctor's checks of the service's own side: its configuration, machine, files, database and Redis.
import { dirname, join, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import { readDocument } from "../config/document.ts";
import { type Config, type Environment, secretsNeededBy } from "../config/load.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import type { Disposal } from "../disposal.ts";
import { configurationCheck } from "../doctor/configuration.ts";
import { lookAtDisk } from "../doctor/disk.fs.ts";
import { lookAtFile } from "../doctor/files.fs.ts";
import { filesCheck, type WatchedFile } from "../doctor/files.ts";
import type { Check } from "../doctor/finding.ts";
import { httpProbe } from "../doctor/http-probe.node.ts";
import { type HttpAnswer, type HttpProbe, isHealth, textOf } from "../doctor/http-probe.ts";
import { journalCheck } from "../doctor/journal.ts";
import { lookAtMachine } from "../doctor/machine.os.ts";
import { machineCheck } from "../doctor/machine.ts";
import { isListening, tryToListen } from "../doctor/port.net.ts";
import { type PortPorts, portCheck } from "../doctor/port.ts";
import { postgresCheck } from "../doctor/postgres.ts";
import { redisCheck } from "../doctor/redis.ts";
import { probeRedis } from "../doctor/redis-probe.node.ts";
import { secretsCheck } from "../doctor/secrets.ts";
import { sqliteCheck } from "../doctor/sqlite.ts";
import { probeSqlite } from "../doctor/sqlite-probe.sqlite.ts";
import type { Secret } from "../secret.ts";
import { clusterNodes } from "../store/cluster-nodes.ts";
import { readPostgres } from "../store/database.postgres.ts";
import { loadMigrations } from "../store/migrations.fs.ts";
import { checkConfiguration } from "./check.ts";
import { openRedis } from "./redis.ts";
import { checkSecrets } from "./secret-check.ts";

export interface ServiceDoctorPorts {
  clock: Clock;
  env: Environment;
}

/** What is opened is closed by `stack`. */
export const serviceChecks = (
  config: Config,
  ports: ServiceDoctorPorts,
  stack: Disposal,
): readonly Check[] => {
  const { settings } = config;
  const references = referencesIn(ports.env);
  const { redis_url: redis, usage, usage_journal: folder, usage_journal_bytes: maxBytes } = settings;
  return [
    configurationCheck({ check: () => checkConfiguration(ports.env, "form") }),
    machineCheck({
      look: () => lookAtMachine(process.versions.node),
      configuredBytes: settings.body_memory_bytes + settings.relay_cache_bytes,
    }),
    portCheck(portsOf(config, httpProbe(ports.clock))),
    ...(references.length > 0
      ? [secretsCheck({ check: () => checkSecrets(ports.env), clock: ports.clock })]
      : []),
    filesCheck({ files: [...filesOf(config), ...secretFiles(config, references)], look: lookAtFile }),
    databaseCheck(config, ports, stack),
    ...(usage ? [journalCheck({ folder, maxBytes, lookAtDisk: () => lookAtDisk(folder) })] : []),
    ...(redis ? [redisCheckOf(redis, settings, ports)] : []),
  ];
};

const silent = { write: () => {} };

const databaseCheck = ({ settings }: Config, { clock }: ServiceDoctorPorts, stack: Disposal): Check => {
  const address = settings.database_url;
  const newest = loadMigrations(address.kind).at(-1)?.version ?? 0;
  if (address.kind === "sqlite") {
    const { path } = address;
    return sqliteCheck({
      ...{ path, newest },
      probe: () => probeSqlite(path),
      lookAtDisk: () => lookAtDisk(dirname(resolve(path))),
    });
  }
  const reader = readPostgres(address.url, () => {});
  stack.defer(() => reader.close());
  return postgresCheck({ place: address.place, reader, clock, newest });
};

const redisCheckOf = (url: Secret, settings: Config["settings"], { clock }: ServiceDoctorPorts): Check => {
  const nodes = clusterNodes(url.reveal());
  const { protocol, hostname, port } = nodes[0] as URL;
  return redisCheck({
    place: `${protocol}//${nodes.map(({ host }) => host).join(",")}`,
    isListening: () => isListening(hostname, Number(port || 6379)),
    probe: async (signal) => {
      const shared = await openRedis(url, settings, silent);
      try {
        return await probeRedis(shared, clock, signal);
      } finally {
        shared.close();
      }
    },
  });
};

const portsOf = ({ settings }: Config, probe: HttpProbe): PortPorts[] => {
  const { host, port, base_path: basePath, metrics_port: metricsPort, metrics_host: metricsHost } = settings;
  const scheme = settings.tls_certificate_file === undefined ? "http" : "https";
  const url = `${scheme}://${reachable(host)}:${port}${basePath}/healthz`;
  const metricsUrl = `http://${reachable(metricsHost)}:${metricsPort}/metrics`;
  const own: PortPorts = {
    ...{ host, port, setting: { host: "HOST", port: "PORT" } },
    tryToListen: () => tryToListen(host, port),
    isService: async (signal) => isAnswered(probe({ url, trustsAll: true, signal }), isHealth),
  };
  const metrics = (given: number): PortPorts => ({
    ...{ host: metricsHost, port: given, setting: { host: "METRICS_HOST", port: "METRICS_PORT" } },
    tryToListen: () => tryToListen(metricsHost, given),
    isService: async (signal) =>
      isAnswered(probe({ url: metricsUrl, signal }), (answer) => textOf(answer).includes("broker_")),
  });
  // 0 takes a free port.
  return [...(port ? [own] : []), ...(metricsPort ? [metrics(metricsPort)] : [])];
};

/** An address that means all of this machine's is reached by the first of them. */
const reachable = (host: string): string => {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
};

const isAnswered = (asked: Promise<HttpAnswer>, isRight: (answer: HttpAnswer) => boolean): Promise<boolean> =>
  asked.then(isRight, () => false);

const filesOf = ({
  settings,
  file,
  client_certificates: clients,
  tools_dir: tools,
}: Config): WatchedFile[] => {
  const folder = dirname(file ?? "broker.yaml");
  const keys = clients.map(({ origin, key_file: key }) => ({
    ...{ path: resolve(folder, key), what: `the private key for ${origin}`, isSecret: true },
  }));
  const { tls_key_file: key, database_url: database, usage_journal: journal, usage } = settings;
  return [
    ...(file === undefined ? [] : [{ path: file, what: "the configuration", isSecret: false }]),
    { path: join(folder, ".env"), what: "the environment, most often with keys in it", isSecret: true },
    ...(key === undefined ? [] : [{ path: key, what: "the private key of the listener", isSecret: true }]),
    ...keys,
    ...(database.kind === "sqlite" && database.path !== ":memory:"
      ? [{ path: database.path, what: "the database, with hashes of tokens and the books", isSecret: true }]
      : []),
    ...(usage ? [{ path: journal, what: "the journal of the books", isSecret: true }] : []),
    ...(tools === undefined
      ? []
      : [{ path: resolve(folder, tools), what: "code that the service runs", isSecret: false }]),
  ];
};

type References = ReturnType<typeof secretsNeededBy>["references"];

const referencesIn = (env: Environment): References =>
  secretsNeededBy(readDocument(env, readIfPresent).document, env).references;

const secretFiles = ({ file }: Config, references: References): WatchedFile[] =>
  references
    .filter(({ reference }) => reference.store === "file")
    .map(({ at, reference: { place } }) => ({
      ...{ path: resolve(dirname(file ?? ""), place), what: `the secret of ${at}`, isSecret: true },
    }));

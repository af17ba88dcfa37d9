// The files of deploy/ for one machine: the programs that read them find nothing wrong, and they fit what the service does.
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configOf } from "../support/configuration.ts";
import { installed } from "../support/debian.ts";
import { secondsToStop, unknownVariables } from "../support/deployed-settings.ts";
import { readSource, root } from "../support/source.ts";

const token = { OPERATOR_TOKEN: "operator-0123456789abcdef" };

const run = promisify(execFile);
const deploy = `${root}deploy/`;

describe("the compose file", () => {
  interface Service {
    image: string;
    environment: Record<string, string>;
    secrets?: { source: string }[];
    volumes: string[];
    networks: Record<string, unknown>;
    ports?: string[];
  }
  let file: {
    services: Record<string, Service>;
    secrets: Record<string, { file: string }>;
    networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } }>;
  };

  beforeAll(async () => {
    const compose = await installed("/usr/bin/docker-compose", "docker-compose");
    const args = ["--env-file", ".env.example", "config"];
    file = parse(
      (await run(compose, args, { cwd: `${deploy}compose`, env: { PATH: "/usr/bin:/bin" } })).stdout,
    );
  });

  const brokers = () => [file.services["broker-1"] as Service, file.services["broker-2"] as Service];

  it("is read by docker-compose, and every image is of one version", () => {
    expect(Object.keys(file.services)).toHaveLength(7);
    for (const { image } of Object.values(file.services))
      expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
  });

  it("gives the replicas settings that exist, and each a journal of its own", () => {
    const [first, second] = brokers() as [Service, Service];
    expect(unknownVariables(Object.keys(first.environment))).toEqual([]);
    expect(second.environment).toEqual(first.environment);
    const data = [first, second].map(({ volumes }) => volumes.find((each) => each.includes("/app/data")));
    expect(new Set(data).size).toBe(2);
    const { stop_grace_period: grace } = parse(readSource("deploy/compose/compose.yaml"))["x-broker"];
    expect(Number.parseInt(grace, 10)).toBeGreaterThan(secondsToStop(first.environment));
  });

  it("has each secret in a file, and none in an environment", () => {
    const named = Object.values(file.services).flatMap(({ secrets = [] }) =>
      secrets.map(({ source }) => source),
    );
    expect(new Set(named)).toEqual(new Set(Object.keys(file.secrets)));
    const environments = Object.values(file.services).flatMap(({ environment = {} }) =>
      Object.entries(environment),
    );
    const secret = environments.filter(([name]) => /KEY|PASSWORD|SALT|DATABASE_URL/.test(name));
    expect(secret.length).toBeGreaterThan(8);
    for (const [, value] of secret) expect(value).toMatch(/^(file:)?\/run\/secrets\/\w+$/);
  });

  it("believes addresses from Caddy's network, and lets no stranger reach data or metrics", () => {
    const { edge, backend } = file.networks;
    expect(brokers()[0]?.environment.TRUSTED_PROXIES).toBe(edge?.ipam?.config[0]?.subnet);
    expect(backend?.internal).toBe(true);
    for (const name of ["postgres", "redis"]) {
      expect(Object.keys(file.services[name]?.networks ?? {})).toEqual(["backend"]);
    }
    const open = Object.entries(file.services).filter(([, { ports = [] }]) =>
      ports.some((each) => !String(each).startsWith("127.0.0.1:")),
    );
    expect(open.map(([name]) => name)).toEqual(["caddy"]);
  });

  it("mounts files that are there", () => {
    const mounted = Object.values(file.services)
      .flatMap(({ volumes = [] }) => volumes)
      .flatMap((volume) => /^(\/.+?):/.exec(volume)?.[1] ?? []);
    expect(mounted.length).toBeGreaterThan(5);
    expect(mounted.filter((path) => !existsSync(path))).toEqual([]);
  });

  it("brings a broker.yaml that loads, and a Prometheus that reads both replicas", async () => {
    expect(Object.keys(configOf(readSource("deploy/compose/broker.yaml"), token).profiles)).toEqual([
      "default",
    ]);
    const { scrape_configs: jobs } = parse(readSource("deploy/compose/prometheus.yml"));
    const { METRICS_PORT } = brokers()[0]?.environment ?? {};
    expect(jobs[0].job_name).toBe("realtime-key-broker");
    expect(jobs[0].static_configs[0].targets).toEqual([
      `broker-1:${METRICS_PORT}`,
      `broker-2:${METRICS_PORT}`,
    ]);
    for (const folder of ["datasources", "dashboards"]) {
      const path = `deploy/grafana/provisioning/${folder}`;
      for (const name of readdirSync(root + path))
        expect(parse(readSource(`${path}/${name}`)).apiVersion).toBe(1);
    }
  });
});

describe("the unit for systemd", () => {
  const unit = readSource("deploy/systemd/realtime-key-broker@.service");
  let folder: string;
  let instance: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "broker-unit-"));
    // As systemd names it for one port.
    instance = join(folder, "realtime-key-broker@8787.service");
    copyFileSync(`${deploy}systemd/realtime-key-broker@.service`, instance);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const analyze = async (...args: string[]) => {
    const program = await installed("/usr/bin/systemd-analyze", "systemd");
    return run(program, [...args, instance]);
  };

  it("has nothing that systemd complains of", async () => {
    const { stdout, stderr } = await analyze("verify");
    expect(stdout + stderr).toBe("");
  });

  it("is exposed less than 2 of 10", async () => {
    const { stdout } = await analyze("security", "--offline=yes", "--threshold=20");
    expect(Number(/exposure level.*: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(2);
  });

  it("sets what the service reads, secrets as credentials, and waits for the end of requests", () => {
    const environment = Object.fromEntries(
      [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = ""]) =>
        line.split(" ").map((each) => each.split(/=(.*)/s).slice(0, 2)),
      ),
    );
    expect(unknownVariables(Object.keys(environment))).toEqual([]);
    const credentials = [...unit.matchAll(/^LoadCredential=(\w+):/gm)].map(([, name]) => `file:%d/${name}`);
    expect(Object.values(environment)).toEqual(expect.arrayContaining(credentials));
    expect(credentials).toHaveLength(5);
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
    expect(Number(seconds)).toBeGreaterThan(secondsToStop(environment));
  });

  it("comes with a command line that sees the same configuration and secrets", async () => {
    const script = `${deploy}systemd/broker`;
    await run("sh", ["-n", script]);
    const text = readFileSync(script, "utf8");
    for (const [, name, path] of unit.matchAll(/^LoadCredential=(\w+):(\S+)$/gm)) {
      expect(text, name).toContain(path?.replace("/etc/realtime-key-broker", "file:$etc"));
    }
    const [program] = /\/opt\/\S+bin\.js/.exec(unit) ?? [];
    expect(text).toContain(program);
  });
});

describe("the Caddyfile", () => {
  it("is valid, and keeps unused connections for a shorter time than a replica that stops", async () => {
    const caddy = await installed("/usr/bin/caddy", "caddy");
    const args = ["validate", "--adapter", "caddyfile", "--config", `${deploy}caddy/Caddyfile`];
    const { stderr } = await run(caddy, args, { env: { HOME: tmpdir() } });
    expect(stderr).not.toMatch(/"level":"(?:warn|error)"/);
    const { environment } = parse(readSource("deploy/compose/compose.yaml"))["x-broker"];
    for (const [path, pattern] of [
      ["deploy/caddy/Caddyfile", /^\s*keepalive (\d+)s$/m],
      ["deploy/nginx/realtime-key-broker.conf", /^\s*keepalive_timeout (\d+)s;$/m],
    ] as const) {
      const [, seconds] = pattern.exec(readSource(path)) ?? [];
      expect(Number(seconds), path).toBeLessThan(Number(environment.DRAIN_IDLE_SECONDS));
    }
  });
});

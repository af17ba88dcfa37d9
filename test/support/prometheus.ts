// A real Prometheus from Debian's package, with the project's own rules, and its promtool.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installed } from "./debian.ts";
import type { TestServer } from "./server.ts";
import { root } from "./source.ts";
import { freePort, until } from "./wait.ts";

const folder = `${root}deploy/prometheus/`;

/** Runs promtool over files of deploy/prometheus. Rejects with what it says. */
export const promtool = async (...args: string[]): Promise<string> => {
  const program = await installed("/usr/bin/promtool", "prometheus");
  const { stdout } = await promisify(execFile)(program, args, { cwd: folder });
  return stdout;
};

export interface Prometheus extends TestServer {
  /** The data of an answer of its API, such as `query?query=up`. Throws what the API says is wrong. */
  ask<Data>(path: string): Promise<Data>;
}

/** Reads the metrics at `target` every second. Use with `await using`. */
export const startPrometheus = async (target: string): Promise<Prometheus> => {
  const program = await installed("/usr/bin/prometheus", "prometheus");
  const data = mkdtempSync(join(tmpdir(), "broker-prometheus-"));
  const port = await freePort();
  writeFileSync(
    join(data, "prometheus.yml"),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["${folder}rules.yml"]
scrape_configs:
  - { job_name: realtime-key-broker, static_configs: [{ targets: ["${new URL(target).host}"] }] }
`,
  );
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      `--config.file=${join(data, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(data, "tsdb")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  await until("Prometheus is ready", () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return {
    url,
    ask: async (path) => {
      const answer = await (await fetch(`${url}/api/v1/${path}`)).json();
      if (answer.status !== "success") throw new Error(answer.error);
      return answer.data;
    },
    [Symbol.asyncDispose]: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      rmSync(data, { recursive: true });
    },
  };
};

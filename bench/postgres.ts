// A Postgres of its own for the measurement, where one is installed.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answers, freePort } from "./ports.ts";

export interface Postgres {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** With its data in that folder, which it keeps; `fsync` waits for the disk, as one in production does. Undefined where no Postgres is installed. */
export const startPostgres = async (folder: string, fsync = "off"): Promise<Postgres | undefined> => {
  const [initdb] = globSync("/usr/lib/postgresql/*/bin/initdb").sort().reverse();
  if (initdb === undefined) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  // It refuses to run as root; its package brings an account for it.
  const owner = process.getuid?.() === 0 ? { uid: id("-u"), gid: id("-g") } : undefined;
  mkdirSync(folder, { recursive: true });
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const as = { cwd: folder, ...owner, stdio: "ignore" as const };
  const data = join(folder, "data");
  if (!existsSync(data)) execFileSync(initdb, ["-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"], as);
  const port = await freePort();
  const settings = [`fsync=${fsync}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  // As a small server has them; the package's own are those of 2005.
  const sizes = ["shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=512MB"];
  const flags = [...settings, ...sizes].flatMap((setting) => ["-c", setting]);
  const child = spawn(join(initdb, "../postgres"), ["-D", data, "-p", String(port), ...flags], as);
  const exited = new Promise((resolve) => child.once("exit", resolve));
  for (let attempt = 0; attempt < 300 && !(await answers(port)); attempt += 1) await sleep(100);
  // It listens before it lets anyone in.
  await sleep(1000);
  return {
    pid: child.pid ?? 0,
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    stop: async () => {
      child.kill("SIGINT");
      await exited;
    },
  };
};

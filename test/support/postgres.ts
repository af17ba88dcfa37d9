// A real Postgres from Debian's package, on a free port, its data in a folder of its own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import { installed } from "./debian.ts";
import { freePort, until } from "./wait.ts";

export interface Account {
  uid: number;
  gid: number;
}

/** Postgres refuses to run as root; its package brings an account for it. */
export const postgresAccount = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
};

export interface PostgresServer {
  /** A superuser's, to a database that exists. */
  url: string;
  /** Ends all connections and refuses others, until it is started again. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export const startPostgres = async (): Promise<PostgresServer> => {
  const initdb = await installed("/usr/lib/postgresql/*/bin/initdb", "postgresql");
  const owner = postgresAccount();
  const folder = mkdtempSync(join(tmpdir(), "broker-postgres-"));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const as = { cwd: folder, ...owner };
  const data = join(folder, "data");
  execFileSync(initdb, ["-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"], {
    ...as,
    stdio: "ignore",
  });
  const port = await freePort();
  const settings = ["fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const url = `postgres://tests@127.0.0.1:${port}/postgres`;
  const run = async (): Promise<ChildProcess> => {
    const args = ["-D", data, "-p", String(port), ...flags];
    const started = spawn(join(initdb, "../postgres"), args, { ...as, stdio: "ignore" });
    await until("Postgres answers", () => answers(url, started));
    return started;
  };
  let child = await run();
  const end = async (signal: "SIGINT" | "SIGQUIT") => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  };
  return {
    url,
    halt: () => end("SIGINT"),
    resume: async () => {
      child = await run();
    },
    stop: async () => {
      await end("SIGQUIT");
      rmSync(folder, { recursive: true });
    },
  };
};

const answers = async (url: string, child: ChildProcess): Promise<boolean> => {
  if (child.exitCode !== null) throw new Error(`Postgres ended with ${child.exitCode}`);
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
};

export interface TestDatabase extends AsyncDisposable {
  url: string;
}

/** An empty database in the tests' Postgres. Use with `await using`. */
export const createDatabase = async (): Promise<TestDatabase> => {
  const server = inject("postgresUrl");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const ask = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await ask(`create database ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => ask(`drop database if exists ${name} with (force)`),
  };
};

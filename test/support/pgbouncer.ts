// A real PgBouncer of Debian's package in transaction mode, in front of the tests' Postgres.
import { spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { installed } from "./debian.ts";
import { postgresAccount } from "./postgres.ts";
import { freePort, until } from "./wait.ts";

export interface TestPooler extends AsyncDisposable {
  /** The same database by way of the pooler, as a client writes it that knows nothing of poolers. */
  through(url: string): string;
}

/** Lends three connections to each database, in turn. Use with `await using`. */
export const startPgBouncer = async (postgresUrl: string): Promise<TestPooler> => {
  const program = await installed("/usr/sbin/pgbouncer", "pgbouncer");
  const { hostname, port: postgresPort, username } = new URL(postgresUrl);
  const owner = postgresAccount();
  const folder = mkdtempSync(join(tmpdir(), "pgbouncer-"));
  const port = await freePort();
  const users = join(folder, "users.txt");
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(users, `"${username}" ""\n`);
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 3
`,
  );
  if (owner) for (const each of [folder, users, file]) chownSync(each, owner.uid, owner.gid);
  const child = spawn(program, ["-q", file], { ...owner, stdio: "ignore" });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const through = (url: string): string => {
    const address = new URL(url);
    address.port = String(port);
    return address.href;
  };
  await until("PgBouncer answers", () => answers(through(postgresUrl)));
  return {
    through,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
};

const answers = async (url: string): Promise<boolean> => {
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

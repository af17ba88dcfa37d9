// The npm packages as their users install them, and the versions of Node that they are tried with.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url).pathname;

// npm as it came with the Node that runs the tests, or as it is on the path.
const npm = (args: readonly string[], cwd: string) =>
  run("npm", [...args, "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], {
    cwd,
    env: npmEnv(),
  });

// A run by npm hands its own settings down, which would change what an install does.
const npmEnv = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^npm_(?!config_registry)/i.test(entry[0]),
    ),
  );

/** Builds both packages, and packs them into a new folder. Resolves to the archives' paths. */
export const packPackages = async (folder: string): Promise<{ service: string; client: string }> => {
  await run(process.execPath, ["scripts/build-packages.ts"], { cwd: root });
  const pack = async (name: string): Promise<string> => {
    const { stdout } = await npm(
      ["pack", "--json", "--pack-destination", folder],
      `${root}dist/packages/${name}`,
    );
    const [{ filename }] = Object.values(JSON.parse(stdout)) as [{ filename: string }];
    return join(folder, filename);
  };
  return { service: await pack("realtime-key-broker"), client: await pack("realtime-key-broker-client") };
};

/** Installs an archive in a new folder below `folder`, as `npm install FILE` does. Resolves to that folder. */
export const installPackage = async (archive: string, folder: string): Promise<string> => {
  const app = await mkdtemp(join(folder, "app-"));
  await npm(["install", archive], app);
  return app;
};

/** Node of another version for this machine, from its npm package. Resolves to the program's path. */
export const installNode = async (version: string, folder: string): Promise<string> => {
  const name = `node-${process.platform}-${process.arch}`;
  const app = await mkdtemp(join(folder, "node-"));
  await npm(["install", `${name}@${version}`], app);
  return join(app, "node_modules", name, "bin", "node");
};

/** A new folder, deleted with all that was installed. Use with `await using`. */
export const createFolder = async (): Promise<AsyncDisposable & { path: string }> => {
  const path = await mkdtemp(join(tmpdir(), "packages-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

/** The packages that an installation holds, each with its version. */
export const installedIn = async (app: string): Promise<string[]> => {
  const lock = JSON.parse(await readFile(join(app, "node_modules/.package-lock.json"), "utf8"));
  return Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ""));
};

// `npm run build:packages`: makes the two npm packages under dist/packages. `realtime-key-broker` is the service as JavaScript with
// its page, emulator, command line and browser modules; `realtime-key-broker-client` is the browser modules alone, without
// dependencies. They are made in folders of their own, so that the checkout's scripts and development tools are no part of them.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";

const root = new URL("../", import.meta.url).pathname;
const packages = `${root}dist/packages/`;
const {
  name,
  version,
  description,
  license,
  keywords,
  dependencies,
  exports,
  peerDependencies,
  peerDependenciesMeta,
  devDependencies,
} = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const facts = { version, description, keywords, license, type: "module" };
const peers = { peerDependencies, peerDependenciesMeta };

/** The least Node that everything in the service's dependencies runs on. */
const NODE = ">=22.19.0";

/** What the emulator needs beside the service: a production install leaves it out with `npm install --omit=optional`. */
const emulatorPackages = ["fast-check", "opus-decoder", "werift", "ws"];
const optionalDependencies = Object.fromEntries(
  emulatorPackages.map((needed) => [needed, devDependencies[needed]]),
);

type Exports = Record<string, string | Record<string, string>>;

// Sources become JavaScript in the same place; what is built already stays where it is.
const built = (path: string): string => path.replace(/(?<!\.d)\.ts$/, ".js");

/** Each entry with `change` made to its paths. */
const changed = (entries: Exports, change: (path: string) => string): Exports =>
  Object.fromEntries(
    Object.entries(entries).map(([entry, paths]) => [
      entry,
      typeof paths === "string"
        ? change(paths)
        : Object.fromEntries(Object.entries(paths).map(([condition, path]) => [condition, change(path)])),
    ]),
  );

const copy = (folder: string, paths: readonly string[]): void => {
  for (const path of paths) cpSync(root + path, folder + path, { recursive: true });
};

const isData = (path: string): boolean => !/\.(?:ts|js|sh)$/.test(path);

const writePackage = (folder: string, contents: object): void => {
  writeFileSync(`${folder}package.json`, `${JSON.stringify(contents, null, 2)}\n`);
};

const buildService = (): void => {
  const folder = `${packages}${name}/`;
  // One checker: each of several would check again what they share.
  execFileSync("npx", ["tsc", "-p", "tsconfig.package.json", "--checkers", "1"], {
    cwd: root,
    stdio: "inherit",
  });
  for (const source of ["server", "emulator"]) {
    cpSync(root + source, folder + source, {
      recursive: true,
      filter: (path) => !/\.\w+$/.test(path) || isData(path),
    });
  }
  copy(folder, [
    "dist/client",
    "dist/web-demo",
    "dist/web-admin",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "broker.example.yaml",
    "broker.schema.json",
    "openapi.yaml",
  ]);
  const bin = { [name]: "server/bin.js", broker: "server/bin.js" };
  writePackage(folder, {
    ...{ name, ...facts, bin, engines: { node: NODE } },
    ...{ exports: changed(exports, built), dependencies, optionalDependencies, ...peers },
  });
};

const buildClient = (): void => {
  const folder = `${packages}${name}-client/`;
  mkdirSync(folder, { recursive: true });
  cpSync(`${root}dist/client`, folder, { recursive: true });
  copy(folder, ["LICENSE"]);
  cpSync(`${root}client/README.md`, `${folder}README.md`);
  // Those with types beside them are for browsers; the others are the service and its emulator.
  const own = Object.entries(exports as Exports).filter(([, paths]) => typeof paths !== "string");
  const entries = Object.fromEntries(
    own.map(([entry, paths]) => [entry === "./client" ? "." : entry, paths]),
  );
  const here = (path: string) => `./${relative("dist/client", path)}`;
  writePackage(folder, { name: `${name}-client`, ...facts, exports: changed(entries, here), ...peers });
};

rmSync(packages, { recursive: true, force: true });
buildService();
buildClient();

// `npm run build`: builds the browser modules and the voice page into dist/, each only where its sources have changed since the last
// build. `--if-possible` does without where the build tools are not installed. Plain JavaScript, which an older Node reads too.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const root = new URL("../", import.meta.url).pathname;
const require = createRequire(import.meta.url);

const bundle = async (config) => {
  const { build } = await import("vite");
  await build({ configFile: root + config, logLevel: "warn" });
};

// The compiler's package exports no `bin/tsc`; the package named `typescript` is the older one, whose API the rules' tests read sources by.
const tsc = () => require.resolve("@typescript/native/package.json").replace(/package\.json$/, "bin/tsc");

const writeTypes = (project) =>
  new Promise((done, fail) => {
    const args = [tsc(), "-p", root + project];
    const compiler = spawn(process.execPath, args, { stdio: "inherit" });
    compiler.once("error", fail);
    compiler.once("exit", (code) => (code === 0 ? done() : fail(new Error(`tsc ended with ${code}`))));
  });

/** What all parts depend on: the build tools' versions, the compiler's settings, this file. */
const shared = ["package.json", "package-lock.json", "tsconfig.json", "scripts/build.js"];

const parts = [
  {
    result: "dist/client/index.d.ts",
    stamp: "dist/client.built",
    sources: [...shared, "client"],
    build: async () => {
      // It empties the folder, so the others come after it.
      await bundle("client/vite.config.ts");
      const others = ["client/parts.config.ts", "client/live.config.ts"];
      await Promise.all([...others.map(bundle), writeTypes("client/tsconfig.build.json")]);
    },
  },
  {
    result: "dist/web-demo/index.html",
    stamp: "dist/web-demo.built",
    sources: [...shared, "client", "web-demo"],
    build: () => bundle("web-demo/vite.config.ts"),
  },
  {
    result: "dist/web-admin/index.html",
    stamp: "dist/web-admin.built",
    sources: [...shared, "web-demo", "web-admin", "server/ledger/calendar.ts"],
    build: () => bundle("web-admin/vite.config.ts"),
  },
];

const filesIn = (path) => {
  if (!statSync(root + path).isDirectory()) return [path];
  const entries = readdirSync(root + path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => `${parentPath}/${name}`.slice(root.length)).sort();
};

// Of contents, since a checkout changes the times of files that stay the same.
const hashOf = (paths) => {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(filesIn)) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(root + path))
      .update("\0");
  }
  return hash.digest("hex");
};

const isBuilt = ({ result, stamp, sources }) =>
  existsSync(root + result) &&
  existsSync(root + stamp) &&
  readFileSync(root + stamp, "utf8") === hashOf(sources);

const buildPart = async ({ stamp, sources, build }) => {
  const hash = hashOf(sources);
  // A build that fails is begun anew the next time.
  rmSync(root + stamp, { force: true });
  await build();
  writeFileSync(root + stamp, hash);
};

/** What the builds and the declarations' types come from. An installation may have some of it: dependencies without those for development. */
const needed = [
  ...["@openai/agents-realtime", "@types/react", "@typescript/native", "deep-chat"],
  ...["oauth4webapi", "preact", "react", "vite", "zod"],
];

const isInstalled = (name) =>
  (require.resolve.paths(name) ?? []).some((folder) => existsSync(`${folder}/${name}/package.json`));

const outdated = parts.filter((part) => !isBuilt(part));
const missing = needed.filter((name) => !isInstalled(name));
if (outdated.length > 0 && missing.length === 0) {
  await Promise.all(outdated.map(buildPart));
} else if (outdated.length > 0) {
  process.stderr.write(
    `The build tools are not installed, so the pages and the client modules are not built. \`npm ci\` installs them. Missing: ${missing.join(", ")}\n`,
  );
  if (!process.argv.includes("--if-possible")) process.exitCode = 1;
}

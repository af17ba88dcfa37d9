// `npm run sbom`: writes dist/sbom.json, or another file that is named: all packages in the image, in CycloneDX. It is made of
// package-lock.json alone.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const root = new URL("../", import.meta.url).pathname;

interface Locked {
  version: string;
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
}

interface Component {
  "bom-ref": string;
  name: string;
}

interface Bom {
  serialNumber?: string;
  metadata: { timestamp?: string; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const lock: { packages: Record<string, Locked> } = JSON.parse(
  readFileSync(`${root}package-lock.json`, "utf8"),
);

/** `name@version` of what the image's `npm ci --omit=dev --omit=optional --omit=peer` installs. */
const shipped = new Set(
  Object.entries(lock.packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== "" && !dev && !devOptional && !optional)
    .map(([path, { version }]) => `${path.split("node_modules/").at(-1)}@${version}`),
);

// npm's own `--omit dev` would leave out what is needed by both: by the service and by its tests.
const everything = execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const bom: Bom = JSON.parse(everything);
const { component } = bom.metadata;
const isShipped = (ref: string): boolean => ref === component["bom-ref"] || shipped.has(ref);

bom.components = bom.components.filter(({ "bom-ref": ref }) => isShipped(ref));
bom.dependencies = bom.dependencies
  .filter(({ ref }) => isShipped(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isShipped) }));
// npm calls it after the folder. A number and a time of its own would make each run another.
component.name = JSON.parse(readFileSync(`${root}package.json`, "utf8")).name;
delete bom.serialNumber;
delete bom.metadata.timestamp;

const file = process.argv[2] ?? `${root}dist/sbom.json`;
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
process.stdout.write(`${file}: ${bom.components.length} packages\n`);

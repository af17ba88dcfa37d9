// `npm run sbom`: the list of packages in the image, in the form that scanners read.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSource, root } from "../support/source.ts";

let folder: string;
const write = async (name: string): Promise<string> => {
  const file = join(folder, name);
  await promisify(execFile)(process.execPath, [`${root}scripts/sbom.ts`, file]);
  return readFile(file, "utf8");
};

let text: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-sbom-"));
  text = await write("first.json");
});
afterAll(() => rm(folder, { recursive: true }));

it("is CycloneDX 1.5", async () => {
  const resources = join(
    dirname(createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json")),
    "res/schema",
  );
  const schema = async (name: string) => {
    const file = `${name}.SNAPSHOT.schema.json`;
    const parsed = JSON.parse(await readFile(join(resources, file), "utf8"));
    // As the schemas refer to each other.
    return { ...parsed, $id: `http://cyclonedx.org/schema/${file}` };
  };
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  for (const format of ["iri-reference", "idn-email"]) ajv.addFormat(format, true);
  ajv.addSchema([await schema("spdx"), await schema("jsf-0.82")]);
  const validate = ajv.compile(await schema("bom-1.5"));
  validate(JSON.parse(text));
  expect(validate.errors).toBeNull();
  validate({ ...JSON.parse(text), components: [{ type: "library" }] });
  expect(validate.errors?.[0]?.message).toContain("required property 'name'");
});

it("has every dependency of the service, with a checksum, and none of the tools", () => {
  const { components, metadata } = JSON.parse(text);
  const names: string[] = components.map(({ name }: { name: string }) => name);
  const { dependencies, devDependencies, name } = JSON.parse(readSource("package.json"));
  expect(metadata.component.name).toBe(name);
  expect(Object.keys(dependencies).filter((each) => !names.includes(each))).toEqual([]);
  expect(Object.keys(devDependencies).filter((each) => names.includes(each))).toEqual([]);
  expect(components.filter(({ hashes }: { hashes?: unknown[] }) => !hashes?.length)).toEqual([]);
});

it("is the same whenever it is made", async () => {
  expect(await write("second.json")).toBe(text);
});

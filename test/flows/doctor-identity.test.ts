// Doctor on a key with a workload identity.
import { afterAll, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { diagnose } from "../support/doctor.ts";
import { createWorkload, identityEntry, trust } from "../support/workload.ts";

const emulator = await startEmulator();
const workload = await createWorkload();
await trust(emulator.baseUrl, workload);
afterAll(async () => {
  await emulator.close();
  await workload[Symbol.asyncDispose]();
});

const diagnosed = () => {
  const entry = identityEntry("cluster", workload, emulator.baseUrl).replaceAll(/\s+/g, " ");
  return diagnose({ env: {}, yaml: `callers: { guests: loopback }\nupstream_keys: [${entry}]\n` });
};

it("gets an access token, and tries the key with it", async () => {
  const { examined, wrong } = await diagnosed();
  expect(wrong).toEqual([]);
  const found = examined.flatMap(({ findings }) => findings);
  expect(found.find(({ check }) => check === "identity")).toMatchObject({
    ...{
      level: "ok",
      subject: "key cluster",
      title: expect.stringMatching(/^gives an access token for 3[56]\d\d s$/),
    },
  });
  expect(found.map(({ check }) => check)).toEqual(expect.arrayContaining(["key", "models", "minting"]));
});

it("says what the identity lacks, and skips what needs a token", async () => {
  await workload.project(await workload.token({ audience: "https://kubernetes.default.svc" }));
  const { examined, wrong } = await diagnosed();
  expect(wrong).toEqual(["identity.refused"]);
  const found = examined.flatMap(({ findings }) => findings).find(({ level }) => level === "fault");
  expect(found?.cause).toContain("audience https://kubernetes.default.svc");
  expect(found?.fix).toContain("the workload_identity of cluster under upstream_keys in broker.yaml");
});

// Doctor with several keys at OpenAI.
import { afterAll, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { diagnose } from "../support/doctor.ts";
import { createWorkload, identityEntry, trust } from "../support/workload.ts";

const emulator = await startEmulator();
afterAll(() => emulator.close());

it("looks at each key by itself, for what it serves", async () => {
  const { examined, wrong } = await diagnose({
    env: {},
    withSession: false,
    yaml: `
callers: { guests: loopback }
profiles:
  default: { session: { type: realtime, model: gpt-realtime-2.1 } }
  notes: { session: { type: transcription, audio: { input: { transcription: { model: gpt-transcribe } } } } }
upstream_keys:
  - { name: voice, secret: sk-1, base_url: "${emulator.baseUrl}", models: [gpt-realtime*] }
  - { name: notes, secret: sk-2, base_url: "${emulator.baseUrl}", models: [gpt-transcribe] }
  - { name: text, secret: sk-3, base_url: "${emulator.baseUrl}", models: [gpt-9-misspelt] }`,
  });
  expect(wrong).toEqual(["models.missing"]);
  const of = (id: string) =>
    examined.flatMap((each) =>
      each.id === id ? each.findings.map(({ title }) => title.replace(/\d+ ms/, "… ms")) : [],
    );
  expect(of("minting")).toEqual(["mints for default, in … ms", "mints for notes, in … ms"]);
  expect(of("models")).toEqual([
    ...["has gpt-realtime-2.1", "has gpt-transcribe", "its account has no gpt-9-misspelt"],
  ]);
  expect(of("dns")).toHaveLength(1);
});

const withIdentity = async (isTrusted: boolean) => {
  await using workload = await createWorkload();
  await trust(emulator.baseUrl, ...(isTrusted ? [workload] : []));
  return await diagnose({
    env: {},
    withSession: false,
    yaml: `
callers: { guests: loopback }
upstream_keys: [${identityEntry("cluster", workload, emulator.baseUrl)}]`,
  });
};

it("shows the service's own identity, where it is what the key has", async () => {
  const { wrong, findings } = await withIdentity(true);
  expect(wrong).toEqual([]);
  expect(findings.find(({ check }) => check === "identity")?.title).toMatch(
    /^gives an access token for 3[56]\d\d s$/,
  );
});

it("names an identity that OpenAI does not trust, and nothing else", async () => {
  const { wrong, findings, examined } = await withIdentity(false);
  expect(wrong).toEqual(["identity.refused"]);
  expect(findings.find(({ check }) => check === "identity.refused")?.cause).toContain(
    "issuer https://cluster.example.com",
  );
  expect(JSON.stringify(examined)).not.toMatch(/eyJ/);
});
